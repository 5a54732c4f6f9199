#!/usr/bin/env bash
# Seeking in an hour-long recording of real content, in headless Chromium: milliseconds from click to picture, and bytes
# fetched. Then playing at 32×: how fast the position moves by the viewer's clock, and how long pictures stand. Content: the kept corpus (CORPUS, default ../shared/workload/corpus), encoded once and repeated to an hour.
# usage: benches/player-seek.sh [SEEKS]    PROFILE=debug uses unoptimised programs (the engine is optimised anyway).
set -eu
cd "$(dirname "$0")/.."
corpus=${CORPUS:-../shared/workload/corpus}
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}
profile=${PROFILE:-release}
flag=""; [ "$profile" = release ] && flag=--release

scripts/build-wasm.sh
scripts/build-console.sh
cargo build --quiet --locked $flag -p cli --bin kinescope --example make_recording
hour=$CARGO_TARGET_DIR/bench/hour-$(sha256sum "$corpus/human.mkv" crates/screen/src/*.rs | sha256sum | cut -c1-12).kin
if [ ! -e "$hour" ]; then
  mkdir -p "$(dirname "$hour")"
  ffmpeg -v error -i "$corpus/human.mkv" -f rawvideo -pix_fmt bgr0 - |
    "$CARGO_TARGET_DIR/$profile/examples/make_recording" repeat --size 1920x1080 --fps 10 --seconds 3600 -o "$hour.part"
  mv "$hour.part" "$hour"
fi
export KINESCOPE=$CARGO_TARGET_DIR/$profile/kinescope
node web/packages/player/bench/seek.mjs "$hour" "${1:-120}"
node web/packages/player/bench/fast.mjs "$hour"
