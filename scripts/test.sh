#!/usr/bin/env bash
# Everything CI runs, cheapest first. Each step says what it is, so that a red run names its step.
set -eu
cd "$(dirname "$0")/.."
step() { echo; echo "== $1 ($(date -u +%H:%M:%S))"; }

step "formatting, tiers, sizes, licences, lints"
scripts/check.sh
step "the player's engine for the browser"
scripts/build-wasm.sh
step "the console: types, lints, unit tests, build"
scripts/build-console.sh
(cd web && npm run --silent check && npm test --silent)
step "Rust tests"
cargo build --quiet --locked --workspace --all-targets
cargo test --quiet --locked --workspace
step "the second verifier, written from docs/format.md alone, on the kept recordings"
scripts/test-verifier.sh
step "end to end, in real browsers and on real X servers"
scripts/test-e2e.sh
