#!/usr/bin/env bash
# What other codecs make of a corpus. Results are kept, so that a run of benches/screen.sh measures Kinescope alone again.
# usage: benches/screen/peers.sh FILE.mkv
# Prints a line for each: name, frames, bytes, CPU ms a frame, exact (yes, no), separated by tabs.
# CPU: user and system time of all threads, less reading and decoding the source. Exact: by the hash of all decoded frames.
# PEERS="ffv1 vp9": these alone (PEERS=none: none). FRESH=1: measure again what is kept. BENCH_KEPT: the folder of what is kept.
# PNG_DELTAS: that program instead of building the example.
set -eu
cd "$(dirname "$0")/../.."
file=$1
kept=${BENCH_KEPT:-${CARGO_TARGET_DIR:-target}/bench-screen}
# VP9 and AV1 are slow: the beginning of a long corpus has to do, and Kinescope stands beside them on the same beginning.
excerpt=1600

# name | frames (0: all) | exact | options
peers="x264-lossless|0|yes|-c:v libx264rgb -qp 0 -preset medium
x264-crf23|0|no|-c:v libx264 -crf 23 -preset medium -pix_fmt yuv420p
x264-crf23-ultrafast|0|no|-c:v libx264 -crf 23 -preset ultrafast -pix_fmt yuv420p
ffv1|0|yes|-c:v ffv1 -level 3 -coder 1 -context 1 -g 100 -slices 4
png-deltas|0|yes|
vp9-lossless|$excerpt|yes|-c:v libvpx-vp9 -lossless 1 -tune-content screen -deadline good -cpu-used 5 -row-mt 1 -pix_fmt gbrp
vp9-crf31|$excerpt|no|-c:v libvpx-vp9 -crf 31 -b:v 0 -tune-content screen -deadline good -cpu-used 5 -row-mt 1 -pix_fmt yuv420p
av1-lossless|$excerpt|yes|-c:v libaom-av1 -aom-params lossless=1:tune-content=screen -cpu-used 8 -row-mt 1 -pix_fmt gbrp
av1-crf35|$excerpt|no|-c:v libsvtav1 -crf 35 -preset 10 -svtav1-params scm=1 -pix_fmt yuv420p"

mkdir -p "$kept"
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
version=$(ffmpeg -version | awk 'NR == 1 { print $3 }')
notes=$kept/$(sha256sum "$file" | cut -c1-16)-ffmpeg-$version.tsv
touch "$notes"

# seconds of CPU that a command uses; its complaints go to standard error
cpu() { local TIMEFORMAT='%U %S'; { time "$@" >/dev/null 2>"$work/complaints" </dev/null; } 2>&1 | awk '{ print $1 + $2 }'; }
span() { [ "$1" = 0 ] || echo "-frames:v $1"; }
hash() { ffmpeg -v error -i "$1" $(span "$2") -fps_mode passthrough -pix_fmt rgb24 -f hash -hash sha256 - </dev/null; }
# What is asked once of the source and remembered for this run.
once() { # NAME COMMAND…
  local name=$1; shift
  [ -e "$work/$name" ] || "$@" >"$work/$name"
  cat "$work/$name"
}
packets() { ffprobe -v error -select_streams v -count_packets -show_entries stream=nb_read_packets -of csv=p=0 "$file"; }

video() { # FRAMES EXACT OPTION…
  local frames=$1 exact=$2 out=$work/peer.mkv used none count; shift 2
  rm -f "$out"
  used=$(cpu ffmpeg -v error -y -i "$file" $(span "$frames") -fps_mode passthrough "$@" "$out")
  [ -s "$out" ] || { cat "$work/complaints" >&2; exit 1; }
  none=$(once "none-$frames" cpu ffmpeg -v error -y -i "$file" $(span "$frames") -f null -)
  count=$(once "packets" packets)
  [ "$frames" = 0 ] || [ "$frames" -gt "$count" ] || count=$frames
  if [ "$exact" = yes ] && [ "$(hash "$out" 0)" != "$(once "hash-$frames" hash "$file" "$frames")" ]; then
    exact=no
  fi
  printf '%s\t%s\t%s\t%s\n' "$count" "$(stat -c %s "$out")" "$(awk "BEGIN { printf \"%.3f\", ($used - $none) * 1000 / $count }")" "$exact"
}

png_deltas() {
  local program=${PNG_DELTAS:-} size
  if [ -z "$program" ]; then
    cargo build --quiet --release -p cli --example png_deltas
    program=${CARGO_TARGET_DIR:-target}/release/examples/png_deltas
  fi
  size=$(ffprobe -v error -select_streams v -show_entries stream=width,height -of csv=p=0:s=x "$file")
  ffmpeg -v error -i "$file" -fps_mode passthrough -f rawvideo -pix_fmt bgr0 - </dev/null | "$program" "$size"
}

while IFS='|' read -r name frames exact options; do
  [ -z "${PEERS:-}" ] || [[ " $PEERS " == *" $name "* ]] || continue
  key="$name $frames $options"
  line=$(awk -F '\t' -v key="$key" '$1 == key { found = $0 } END { print found }' "$notes")
  if [ -z "$line" ] || [ -n "${FRESH:-}" ]; then
    if [ "$name" = png-deltas ]; then result=$(png_deltas); else result=$(video "$frames" "$exact" $options); fi
    line=$(printf '%s\t%s' "$key" "$result")
    echo "$line" >>"$notes"
  fi
  printf '%s\t%s\n' "$name" "$(cut -f2- <<<"$line")"
done <<<"$peers"
