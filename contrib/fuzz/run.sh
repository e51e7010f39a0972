#!/bin/sh
# Searches for bytes that break a promise of src/fuzz, guided by which code they reach.
#
#   sh contrib/fuzz/run.sh [SECONDS [TARGET…]]      every target for so long (60 seconds each)
#
# Wants cargo-fuzz (cargo install --locked cargo-fuzz) and a C++ compiler; the first build takes a few minutes. Stable
# Rust will do: without a sanitizer, which safe code has little use for. What is found is kept below artifacts/ and is seen
# again with `cargo fuzz run --fuzz-dir contrib/fuzz -s none TARGET FILE`; inputs that reach something new gather in
# corpus/. `cargo nextest run --lib fuzz` runs the seeds and some thousand mutations of them without any of this.
set -eu
cd -P -- "$(dirname -- "$0")"
seconds=${1:-60}
[ $# = 0 ] || shift
[ $# != 0 ] || set -- $(cargo fuzz list --fuzz-dir .)
for target; do
    printf '==> %s\n' "$target"
    mkdir -p "corpus/$target"
    cargo fuzz run --fuzz-dir . -s none "$target" "corpus/$target" "seeds/$target" -- \
        -max_total_time="$seconds" -max_len=16384 -rss_limit_mb=1024 -timeout=10 -seed=1 -print_final_stats=0
done
