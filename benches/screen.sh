#!/usr/bin/env bash
# The screen codec beside x264 on the same frames, in one run: size, CPU a frame, exact or not.
# usage: benches/screen.sh [FILE.mkv …]     default: fast.mkv and human.mkv in $CORPUS (default ../shared/workload/corpus)
# KINESCOPE=PROGRAM measures that program instead of building one.
# CPU: user and system time of all threads; reading and decoding the source is measured apart and taken off.
set -eu
cd "$(dirname "$0")/.."
corpus=${CORPUS:-../shared/workload/corpus}
[ $# -gt 0 ] || set -- "$corpus/fast.mkv" "$corpus/human.mkv"
command -v ffmpeg >/dev/null || { echo "screen.sh: ffmpeg is missing: apt-get install ffmpeg" >&2; exit 1; }
for file; do
  [ -r "$file" ] || { echo "screen.sh: $file cannot be read: name recordings of a screen, or set CORPUS" >&2; exit 1; }
done
kinescope=${KINESCOPE:-}
if [ -z "$kinescope" ]; then
  cargo build --quiet --release -p cli
  kinescope=${CARGO_TARGET_DIR:-target}/release/kinescope
fi
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT

# seconds of CPU that a command uses
cpu() { local TIMEFORMAT='%U %S'; { time "$@" >/dev/null 2>&1 </dev/null; } 2>&1 | awk '{ print $1 + $2 }'; }
row() { printf '%-34s %12s %9s %12s  %s\n' "$@"; }

for file; do
  facts=$(ffprobe -v error -select_streams v -show_entries stream=width,height,r_frame_rate -of csv=p=0 "$file")
  IFS=, read -r width height rate <<<"$facts"
  echo "$(basename "$file")  $(sha256sum "$file" | cut -c1-16)  ${width}x$height, ${rate%/1} frames a second"
  row codec bytes "MB/h" "CPU ms/frame" exact
  frames=; hours=
  for level in default dense; do
    # ffmpeg's source runs once for each level: 8 MB a frame is too much to keep.
    ffmpeg -v error -i "$file" -f rawvideo -pix_fmt bgr0 - |
      "$kinescope" bench screen --size "${width}x$height" --fps "${rate%/1}" --level $level --exact >"$work/$level.json"
    field() { awk -F '[:,]' -v name="\"$1\"" '$1 ~ name { print $2 + 0; exit }' "$work/$level.json"; }
    frames=$(field frames); hours=$(awk "BEGIN { print $frames / ${rate%/1} / 3600 }")
    row "kinescope $level" "$(field bytes)" "$(awk "BEGIN { printf \"%.2f\", $(field bytes) / 1e6 / $hours }")" "$(field mean)" yes
    echo "    p50 $(field p50) ms, p99 $(field p99) ms; $(field key_frames) key frames; largest group $(field largest_group_bytes) bytes, decoded in $(field longest_group) ms; whole process at most $(field max_rss) bytes"
  done
  none=$(cpu ffmpeg -y -i "$file" -f null -)
  x264() { # name, exact, options
    local name=$1 exact=$2; shift 2
    local used; used=$(cpu ffmpeg -y -i "$file" "$@" "$work/x264.mkv")
    local size; size=$(stat -c %s "$work/x264.mkv")
    row "$name" "$size" "$(awk "BEGIN { printf \"%.2f\", $size / 1e6 / $hours }")" "$(awk "BEGIN { printf \"%.3f\", ($used - $none) * 1000 / $frames }")" "$exact"
  }
  x264 "x264 rgb lossless, medium" yes -c:v libx264rgb -qp 0 -preset medium
  x264 "x264 CRF 23, medium" no -c:v libx264 -crf 23 -preset medium -pix_fmt yuv420p
  x264 "x264 CRF 23, ultrafast" no -c:v libx264 -crf 23 -preset ultrafast -pix_fmt yuv420p
  echo
done
