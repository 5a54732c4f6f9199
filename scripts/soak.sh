#!/usr/bin/env bash
# What takes minutes and therefore stands outside `make test`: attacks on a megabyte of recording at every offset and every bit.
set -eu
cd "$(dirname "$0")/.."
cargo test --quiet --locked --release -p recording --test it -- --ignored soak_
