#!/usr/bin/env bash
# Fuzzes every reader of stl-data from seeds/ and writes results/fuzz/DATE.md. Needs a nightly
# compiler and `cargo install cargo-fuzz`.
#
#     crates/stl-data/fuzz/run.sh          # 10 million executions, about ten minutes on two free cores
#     crates/stl-data/fuzz/run.sh 0.01     # a hundredth of that
#
# It stops at the first finding: an assertion, a panic that is not an error, a single allocation above
# 64 MB, more than 1 GB in all, or an input that takes over 20 s. The input is then in artifacts/.
set -euo pipefail
factor=${1:-1}
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
[ -d /dev/shm ] && export TMPDIR=/dev/shm # inputs pass through files
cd "$here/.."
commit=$(git rev-parse --short HEAD)$(git diff --quiet HEAD -- . || echo ', with changes')

cargo +nightly fuzz build
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

# Fuzzes a target with so many executions, of inputs of at most so many bytes; a row of the table.
fuzz() {
    local target=$1 log=$logs/$1.log
    mkdir -p "fuzz/corpus/$target"
    cargo +nightly fuzz run "$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -- \
        -runs="$(awk "BEGIN { print int($2 * $factor) }")" -max_len="$3" \
        -timeout=20 -rss_limit_mb=1024 -malloc_limit_mb=64 -print_final_stats=1 >"$log" 2>&1
    executions=$(awk '/stat::number_of_executed_units/ { print $2 }' "$log")
    seconds=$(sed -n 's/^Done .* runs in \([0-9]*\) second.*/\1/p' "$log")
    peak=$(awk '/stat::peak_rss_mb/ { print $2 }' "$log")
    edges=$(grep -o 'cov: [0-9]*' "$log" | tail -1 | cut -d' ' -f2)
    cargo +nightly fuzz cmin "$target" >"$log" 2>&1
    inputs=$(find "fuzz/corpus/$target" -type f | wc -l)
    echo "| $target | $executions | $seconds | $peak | $edges | $inputs |" >"$logs/$target.row"
}

# Side by side.
fuzz lists 4500000 32768 & jobs=$!
fuzz binaries 5500000 64 & jobs+=" $!"
fuzz parquet 300000 16384 & jobs+=" $!"
fuzz archive 60000 16384 & jobs+=" $!"
for job in $jobs; do
    wait "$job" || { tail -n 40 "$logs"/*.log; kill $jobs 2>/dev/null; exit 1; }
done

report=$root/results/fuzz/$(date +%F).md
mkdir -p "$root/results/fuzz"
cat >"$report" <<REPORT
# Fuzzing of stl-data, $(date +%F)

Written by \`crates/stl-data/fuzz/run.sh $factor\` at commit $commit.
No finding: no panic, no assertion, no allocation above 64 MB, no more than 1 GB in all, no input over 20 s.

| target | executions | seconds | peak MB | edges | corpus, minimised |
|---|---|---|---|---|---|
$(cat "$logs"/*.row)

$(cargo +nightly --version), $(cargo fuzz --version), AddressSanitizer, the targets side by side on $(nproc) cores of
$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1). Seconds are by the clock; other work may have run beside it.
REPORT
echo "$report"
