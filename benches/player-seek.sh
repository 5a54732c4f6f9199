#!/usr/bin/env bash
# The player in headless Chromium, on recordings of real content (the kept corpora in CORPUS, default
# ../shared/workload/corpus), each encoded once and repeated until it is as long as asked:
#   seeking in 8 hours, and in 12: milliseconds from click to picture, the part of decoding, bytes fetched; in 8 hours also with
#   the pointer resting at the place before it clicks, so that the player gets it ready;
#   decoding one round of the dense corpus, in times of real time;
#   playing it at 32×: how fast the position moves by the viewer's clock, and how long pictures stand.
# usage: benches/player-seek.sh [SEEKS]    PROFILE=debug uses unoptimised programs (the engine is optimised anyway).
set -eu
cd "$(dirname "$0")/.."
corpus=${CORPUS:-../shared/workload/corpus}
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}
profile=${PROFILE:-release}
flag=""; [ "$profile" = release ] && flag=--release
seeks=${1:-120}

scripts/build-wasm.sh
scripts/build-console.sh
cargo build --quiet --locked $flag -p cli --bin kinescope --example make_recording
export KINESCOPE=$CARGO_TARGET_DIR/$profile/kinescope
made=$CARGO_TARGET_DIR/bench
mkdir -p "$made"

# recording CORPUS SECONDS: the path of a file of that length, made anew only when corpus or codec changed.
recording() {
  local source=$corpus/$1.mkv
  local file; file=$made/$1-$2s-$(cat "$source" crates/screen/src/*.rs crates/screen/src/*/*.rs | sha256sum | cut -c1-12).kin
  if [ ! -e "$file" ]; then
    rm -f "$made/$1-$2s-"*
    ffmpeg -v error -i "$source" -f rawvideo -pix_fmt bgr0 - |
      "$CARGO_TARGET_DIR/$profile/examples/make_recording" repeat --size 1920x1080 --fps 10 --seconds "$2" -o "$file.part" >&2
    mv "$file.part" "$file"
  fi
  echo "$file"
}

echo "== seeking in 8 hours of human.mkv"
node web/packages/player/bench/seek.mjs "$(recording human 28800)" "$seeks"
echo "== the same, the pointer resting for 400 ms before each click"
node web/packages/player/bench/seek.mjs "$(recording human 28800)" "$seeks" 400
echo "== seeking in 12 hours of human.mkv"
node web/packages/player/bench/seek.mjs "$(recording human 43200)" "$seeks"
echo "== decoding fast.mkv"
node web/packages/player/bench/decode.mjs "$(recording fast 154)"
echo "== playing fast.mkv at 32×"
node web/packages/player/bench/fast.mjs "$(recording fast 1200)"
