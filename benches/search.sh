#!/usr/bin/env bash
# How fast recordings are found by what happened in them: makes a catalogue of made-up recordings, asks it, prints a table, and fails if
# a query misses the limit. The catalogue (about 170 bytes for each event) is made in FOLDER, kept there if one is named, and removed if not.
# usage: search.sh [RECORDINGS [EVENTS_OF_EACH [FOLDER [as-written]]]]   as-written: leaves the index as it was written
set -eu
cd "$(dirname "$0")/.."
exec cargo run --release --quiet --locked -p catalogue --example bench_search -- "$@"
