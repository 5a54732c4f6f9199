#!/usr/bin/env bash
# Runs fuzz targets for FUZZ_SECONDS (default 60) each, from the committed corpora and the kept recordings on.
# usage: fuzz.sh [TARGET …]      default: all. What is found on the way stays in fuzz's part of the target folder.
# KEEP=1: afterwards adds the smallest inputs that reach anything new to fuzz/corpus, to be committed.
set -eu
cd "$(dirname "$0")/../fuzz"
command -v cargo-fuzz >/dev/null || cargo install --quiet --locked cargo-fuzz
export RUSTC_BOOTSTRAP=1 # libFuzzer's flags are unstable in stable compilers
found=${CARGO_TARGET_DIR:-$PWD/../target}/fuzz-found
seeds=(../vectors/*)
fuzz() { local target=$1; shift; cargo fuzz run --fuzz-dir . --sanitizer none "$target" "$@" -rss_limit_mb=2048 -max_len=65536; }
[ $# -gt 0 ] || set -- $(cargo fuzz list --fuzz-dir .)
for target; do
  echo "== $target"
  mkdir -p "corpus/$target" "$found/$target"
  fuzz "$target" "$found/$target" "corpus/$target" "${seeds[@]}" -- -max_total_time="${FUZZ_SECONDS:-60}" -timeout=10
  if [ -n "${KEEP:-}" ]; then
    # Large inputs are what the kept recordings are for.
    fuzz "$target" "corpus/$target" "$found/$target" -- -merge=1 -max_len=1024
  fi
done
