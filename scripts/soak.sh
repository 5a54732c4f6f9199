#!/usr/bin/env bash
# What takes minutes and therefore stands outside `make test`: attacks on a megabyte of recording at every offset and every bit;
# a million random policies and sessions against the slow, obvious evaluator; a minute of unrest around windows that must not be seen, on each kind of desktop.
set -eu
cd "$(dirname "$0")/.."
cargo test --quiet --locked --release -p recording --test it -- --ignored soak_
cargo test --quiet --locked --release -p policy --test it -- --ignored soak_
cargo test --quiet --locked -p agent --test it -- --ignored --nocapture --test-threads 1 soak_
