#!/usr/bin/env bash
# Fuzzes every reader of files of stl-data and dim-models from their seeds and corpora, and writes
# results/fuzz/DATE.md. Needs a nightly compiler and `cargo install cargo-fuzz`.
#
#     crates/fuzz.sh          # 10 million executions, some ten minutes on two free cores
#     crates/fuzz.sh 0.01     # a hundredth of that
#
# It stops at the first finding: an assertion, a panic that is not an error, a single allocation above
# 64 MB, more than 1 GB in all, or an input that takes over 20 s. The input is then in fuzz/artifacts/ of the
# crate.
set -euo pipefail
factor=${1:-1}
cd "$(dirname "$0")"
[ -d /dev/shm ] && export TMPDIR=/dev/shm # inputs pass through files
commit=$(git rev-parse --short HEAD)$(git diff --quiet HEAD -- . || echo ', with changes')

logs=$(mktemp -d)
jobs=
trap 'for job in $jobs; do kill -- "-$job" 2>/dev/null; done; rm -rf "$logs"' EXIT
for crate in stl-data dim-models; do
    (cd "$crate" && cargo +nightly fuzz build)
    # What earlier campaigns found worth keeping.
    [ -d "$crate/fuzz/corpus" ] || [ ! -f "$crate/fuzz/corpus.tar.gz" ] || tar -xzf "$crate/fuzz/corpus.tar.gz" -C "$crate/fuzz"
done

# Fuzzes a target of a crate with so many executions, of inputs of at most so many bytes; a row of the table.
fuzz() {
    local crate=$1 target=$2 log=$logs/$1-$2.log
    cd "$crate"
    mkdir -p "fuzz/corpus/$target"
    cargo +nightly fuzz run "$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -- \
        -runs="$(awk "BEGIN { print int($3 * $factor) }")" -max_len="$4" \
        -timeout=20 -rss_limit_mb=1024 -malloc_limit_mb=64 -print_final_stats=1 >"$log" 2>&1
    executions=$(awk '/stat::number_of_executed_units/ { print $2 }' "$log")
    seconds=$(sed -n 's/^Done .* runs in \([0-9]*\) second.*/\1/p' "$log")
    peak=$(awk '/stat::peak_rss_mb/ { print $2 }' "$log")
    edges=$(grep -o 'cov: [0-9]*' "$log" | tail -1 | cut -d' ' -f2)
    cargo +nightly fuzz cmin "$target" >"$log" 2>&1
    inputs=$(find "fuzz/corpus/$target" -type f | wc -l)
    echo "| $crate | $target | $executions | $seconds | $peak | $edges | $inputs |" >"$logs/$crate-$target.row"
}

# Side by side, each a process group of its own.
set -m
fuzz stl-data lists 4500000 32768 & jobs+=" $!"
fuzz stl-data binaries 5500000 64 & jobs+=" $!"
fuzz stl-data parquet 300000 16384 & jobs+=" $!"
fuzz stl-data archive 60000 16384 & jobs+=" $!"
fuzz dim-models checkpoint 150000 8192 & jobs+=" $!"
fuzz dim-models state 150000 16384 & jobs+=" $!"
for _ in $jobs; do
    wait -n || { tail -n 40 "$logs"/*.log; exit 1; }
done
jobs=

for crate in stl-data dim-models; do
    # Names and times left out: the same corpus gives the same file.
    (cd "$crate/fuzz" && tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf - corpus | gzip -9n >corpus.tar.gz)
done
report=../results/fuzz/$(date +%F).md
mkdir -p ../results/fuzz
cat >"$report" <<REPORT
# Fuzzing of stl-data and dim-models, $(date +%F)

Written by \`crates/fuzz.sh $factor\` at commit $commit.
No finding: no panic, no assertion, no allocation above 64 MB, no more than 1 GB in all, no input over 20 s.

| crate | target | executions | seconds | peak MB | edges | corpus, minimised |
|---|---|---|---|---|---|---|
$(cat "$logs"/*.row)

$(cargo +nightly --version), $(cargo fuzz --version), AddressSanitizer, the targets side by side on $(nproc) cores of
$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1). Seconds are by the clock; other work may have run beside it.
REPORT
echo "${report#../}"
