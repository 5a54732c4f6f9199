#!/usr/bin/env bash
# The screen codec beside others on the same frames: size, CPU a frame, exact or not.
# usage: benches/screen.sh [FILE.mkv …]     default: fast.mkv and human.mkv in $CORPUS (default ../shared/workload/corpus);
# only then docs/screen-figures.md and its chart are written anew, from what is printed.
# KINESCOPE=PROGRAM measures that program instead of building one. PEERS, FRESH, BENCH_KEPT: see benches/screen/peers.sh,
# which keeps the others' results: the first run takes the better part of an hour, those after it minutes.
# Kinescope's CPU is that of comparing and encoding; reading is left out for all.
set -eu
cd "$(dirname "$0")/.."
corpus=${CORPUS:-../shared/workload/corpus}
kept=${BENCH_KEPT:-${CARGO_TARGET_DIR:-target}/bench-screen}
page=$kept/figures.md chart=$kept/figures.svg
if [ $# -eq 0 ]; then
  set -- "$corpus/fast.mkv" "$corpus/human.mkv"
  page=docs/screen-figures.md chart=docs/images/screen-codec.svg
fi
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
mkdir -p "$kept"
results=$work/results.tsv # file, codec, frames measured, frames of the file, bytes, CPU ms a frame, exact

# Measures one level on the first FRAMES frames (0: all) of $file; leaves its figures in $work/LEVEL-FRAMES.json. Large pages, as the
# agent starts recorders; x264 asks for them itself.
measure() { # LEVEL FRAMES
  local limit=""; [ "$2" = 0 ] || limit="-frames:v $2"
  # ffmpeg's source runs once for each level: 8 MB a frame is too much to keep. It is told "exact" or fails.
  ffmpeg -v error -i "$file" $limit -fps_mode passthrough -f rawvideo -pix_fmt bgr0 - </dev/null |
    GLIBC_TUNABLES=glibc.malloc.hugetlb=1 "$kinescope" bench screen --size "${width}x$height" --fps "$rate" --level "$1" --exact >"$work/$1-$2.json"
}
field() { awk -F '[:,]' -v name="\"$2\"" '$1 ~ name { print $2 + 0; exit }' "$work/$1.json"; }
row() { printf '%-30s %13s %9s %9s %13s  %s\n' "$@"; }
mb_an_hour() { awk "BEGIN { printf \"%.2f\", $1 / 1e6 / ($2 / $rate / 3600) }"; } # BYTES FRAMES
label() { # NAME FRAMES ALL
  if [ "$2" = "$3" ]; then echo "$1"; else echo "$1, first $(($2 / rate)) s"; fi
}

corpus_table() { # every codec on $file
  local facts name frames bytes cpu exact level all
  facts=$(ffprobe -v error -select_streams v -show_entries stream=width,height,r_frame_rate -of csv=p=0 "$file")
  IFS=, read -r width height rate <<<"$facts"; rate=${rate%/1}
  echo "$(basename "$file")  SHA-256 $(sha256sum "$file" | cut -c1-64)"
  for level in default dense; do measure $level 0; done
  all=$(field default-0 frames)
  echo "${width}x$height, $all frames, $rate a second"
  row codec bytes "MB/h" "1 : raw" "CPU ms/frame" exact
  for level in default dense; do
    printf 'kinescope-%s\t%s\t%s\t%s\tyes\n' $level "$all" "$(field $level-0 stored_bytes)" "$(field $level-0 mean)"
  done >"$work/rows"
  benches/screen/peers.sh "$file" >"$work/peers"
  # What the slow ones are measured on, Kinescope is measured on as well.
  for frames in $(awk -F '\t' -v all="$all" '$2 != all { print $2 }' "$work/peers" | sort -u); do
    for level in default dense; do
      measure $level "$frames"
      printf 'kinescope-%s\t%s\t%s\t%s\tyes\n' $level "$frames" "$(field $level-"$frames" stored_bytes)" "$(field $level-"$frames" mean)"
    done >>"$work/rows"
  done
  # Whole corpora first, then excerpts.
  sort -s -t $'\t' -k2,2nr "$work/rows" "$work/peers" >"$work/sorted"
  while IFS=$'\t' read -r name frames bytes cpu exact; do
    row "$(label "$name" "$frames" "$all")" "$bytes" "$(mb_an_hour "$bytes" "$frames")" \
      "$(awk "BEGIN { printf \"%.0f\", $frames * $width * $height * 3 / $bytes }")" "$cpu" "$exact"
    printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$(basename "$file" .mkv)" "$name" "$frames" "$all" "$bytes" "$cpu" "$exact" >>"$results"
  done <"$work/sorted"
  for level in default dense; do
    echo "kinescope $level: p50 $(field $level-0 p50) ms, p99 $(field $level-0 p99) ms; $(field $level-0 key_frames) key frames; largest group $(field $level-0 largest_group_bytes) bytes, decoded in $(field $level-0 longest_group) ms; whole process at most $(field $level-0 max_rss) bytes"
  done
  echo
}

for file; do corpus_table; done | tee "$work/printed"
mkdir -p "$(dirname "$chart")"
benches/screen/chart.py "$results" "$chart"
{
  printf '# Figures of the screen codec\n\n'
  printf 'Printed by `make bench-screen` on %s, with ffmpeg %s. Options of every codec: `benches/screen/peers.sh`. Where a\n' \
    "$(awk -F ': ' '/model name/ { print $2; exit }' /proc/cpuinfo | tr -s ' ')" "$(ffmpeg -version | awk 'NR == 1 { print $3 }')"
  printf 'codec was given an excerpt only, Kinescope stands beside it on the same excerpt.\n\n'
  printf '![Bytes of each codec](%s)\n\n```\n' "$(realpath --relative-to="$(dirname "$page")" "$chart")"
  cat "$work/printed"
  printf '```\n'
} >"$page"
echo "written: $page, $chart"
