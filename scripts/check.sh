#!/usr/bin/env bash
# Formatting, tiers, sizes, licences and lints: what needs no test to be wrong.
set -eu
cd "$(dirname "$0")/.."
cargo fmt --all --check
cargo xtask check
cargo clippy --quiet --locked --workspace --all-targets -- -D warnings
for script in .ci/run scripts/*.sh benches/*.sh benches/*/*.sh; do bash -n "$script"; done
