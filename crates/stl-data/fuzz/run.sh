#!/usr/bin/env bash
# Fuzzes every reader of stl-data from seeds/ and writes results/fuzz/DATE.md. Needs a nightly
# compiler and `cargo install cargo-fuzz`.
#
#     crates/stl-data/fuzz/run.sh          # 10 million executions, about half an hour on one core
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

report=$root/results/fuzz/$(date +%F).md
rows=
# Target, executions, longest input in bytes.
while read -r target runs longest; do
    runs=$(awk "BEGIN { print int($runs * $factor) }")
    mkdir -p "fuzz/corpus/$target"
    log=$(mktemp)
    cargo +nightly fuzz run "$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -- \
        -runs="$runs" -max_len="$longest" -timeout=20 -rss_limit_mb=1024 -malloc_limit_mb=64 \
        -print_final_stats=1 >"$log" 2>&1 || { tail -40 "$log"; exit 1; }
    executions=$(awk '/stat::number_of_executed_units/ { print $2 }' "$log")
    seconds=$(sed -n 's/^Done .* runs in \([0-9]*\) second.*/\1/p' "$log")
    peak=$(awk '/stat::peak_rss_mb/ { print $2 }' "$log")
    edges=$(grep -o 'cov: [0-9]*' "$log" | tail -1 | cut -d' ' -f2)
    cargo +nightly fuzz cmin "$target" >"$log" 2>&1 || { tail -40 "$log"; exit 1; }
    inputs=$(find "fuzz/corpus/$target" -type f | wc -l)
    rows+="| $target | $executions | $seconds | $peak | $edges | $inputs |"$'\n'
    rm "$log"
done <<'TARGETS'
lists 5000000 32768
binaries 5000000 64
parquet 300000 16384
archive 100000 16384
TARGETS

mkdir -p "$root/results/fuzz"
cat >"$report" <<REPORT
# Fuzzing of stl-data, $(date +%F)

Written by \`crates/stl-data/fuzz/run.sh $factor\` at commit $(git rev-parse --short HEAD)$(git diff --quiet HEAD -- . || echo ', with changes').
No finding: no panic, no assertion, no allocation above 64 MB, no more than 1 GB in all, no input over 20 s.

| target | executions | seconds | peak MB | edges | corpus, minimised |
|---|---|---|---|---|---|
$rows
$(cargo +nightly --version), $(cargo fuzz --version), AddressSanitizer, on a core of
$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1); other work ran beside it, so times are upper bounds.
REPORT
echo "$report"
