#!/usr/bin/env bash
# Two hundred small sessions on one agent, started and stopped at random for ten minutes: no process, descriptor, thread or
# memory is left behind, and the catalogue accounts for every session. SECONDS_LONG and SESSIONS say how long and how many.
set -eu
cd "$(dirname "$0")/.."
export KINESCOPE_SOAK_SECONDS=${SECONDS_LONG:-600} KINESCOPE_SOAK_SESSIONS=${SESSIONS:-200}
cargo build --quiet --locked -p cli -p agent
cargo test --quiet --locked -p e2e --test it -- --ignored --nocapture many_sessions
