#!/usr/bin/env bash
# Runs every fuzz target for FUZZ_SECONDS (default 60) each, with the kept recordings as seeds.
set -eu
cd "$(dirname "$0")/../fuzz"
command -v cargo-fuzz >/dev/null || cargo install --quiet --locked cargo-fuzz
for target in $(RUSTC_BOOTSTRAP=1 cargo fuzz list --fuzz-dir .); do
  echo "== $target"
  mkdir -p "corpus/$target"
  RUSTC_BOOTSTRAP=1 cargo fuzz run --fuzz-dir . --sanitizer none "$target" "corpus/$target" ../vectors/v0 ../vectors/protocol -- -max_total_time="${FUZZ_SECONDS:-60}" -rss_limit_mb=2048
done
