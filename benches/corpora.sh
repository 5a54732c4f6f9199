#!/usr/bin/env bash
# Makes corpora that the screen codec was not tuned on: scenes of benches/corpora/ played on an X server of their own, every
# frame kept exactly (FFV1, 10 frames a second, no pointer). Two runs differ a little: compare codecs within one run's files.
# usage: benches/corpora.sh [SCENE …]      default: all that are not there yet; `benches/corpora.sh list` names them
# CORPUS_DIR: where they go (default: corpora in cargo's target folder). CORPUS_SECONDS: another length.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=${CORPUS_DIR:-${CARGO_TARGET_DIR:-$here/../target}/corpora}
rate=10

# name, size, seconds, what is seen
scenes='terminal 1920x1080 45 tmux with a build, a log, top, less and vim
ide 1920x1080 40 an editor as in a browser: typing, completion, scrolling, minimap
photos 1920x1080 30 large noisy pictures shown, zoomed and panned in feh
map 1920x1080 30 a street map panned and zoomed
slides 1920x1080 40 slides with gradients, builds and transitions
dashboard 1920x1080 30 charts and tables that move every half second
form 1920x1080 40 a data entry form in Tk with dialogs and lists
drawing 1920x1080 30 thin lines on a canvas in Tk: rubber band, drag, zoom
game 1920x1080 20 a side scroller with sprites and particles
monitors 3840x1080 30 two monitors: a log on one, a document scrolled on the other
uhd 3840x2160 24 four windows on a 4K screen, browser at double scale'

fail() { echo "corpora.sh: $1" >&2; exit 1; }
fact() { awk -v name="$1" -v column="$2" '$1 == name { print $column }' <<<"$scenes"; }
for program in Xvfb openbox ffmpeg xdotool chromium feh convert xterm tmux vim wish; do
  command -v "$program" >/dev/null || fail "$program is missing; as root: apt-get install xvfb openbox ffmpeg xdotool chromium feh imagemagick xterm tmux vim tk"
done

# Everything that a scene starts is in one process group, which ends with it.
record() { # NAME
  local name=$1 size seconds room display out="$folder/$1.mkv"
  size=$(fact "$name" 2); seconds=${CORPUS_SECONDS:-$(fact "$name" 3)}
  room=$(mktemp -d)
  mkfifo "$room/display"
  Xvfb -displayfd 7 -screen 0 "${size}x24" -nolisten tcp -noreset >"$room/xvfb.log" 2>&1 7>"$room/display" &
  local server=$!
  read -r display <"$room/display"
  # HOME of its own: no settings or histories of whoever runs this are seen, and nothing is left behind.
  export DISPLAY=:$display HOME=$room/home XDG_CONFIG_HOME=$room/home/.config XDG_CACHE_HOME=$room/home/.cache XDG_DATA_HOME=$room/home/.local
  export LC_ALL=C.UTF-8 SCENE_SIZE=$size SCENE_SECONDS=$seconds
  unset DBUS_SESSION_BUS_ADDRESS XAUTHORITY
  mkdir -p "$HOME"
  setsid openbox >"$room/openbox.log" 2>&1 &
  local manager=$!
  convert -size "$size" gradient:'#41566b-#1d2a38' "$room/wall.png"
  until xdotool getmouselocation >/dev/null 2>&1; do kill -0 $server; sleep 0.1; done
  feh --bg-fill "$room/wall.png" 2>/dev/null || true
  # A quick codec while it runs, so that the scene has the processor; FFV1 afterwards.
  ffmpeg -v error -y -f x11grab -draw_mouse 0 -framerate $rate -video_size "$size" -i ":$display" -t "$seconds" \
    -c:v libx264rgb -qp 0 -preset ultrafast -g 600 "$room/grabbed.mkv" </dev/null &
  local grab=$!
  sleep 0.5
  (cd "$HOME" && exec setsid bash "$here/corpora/play.sh" "$name") >"$room/scene.log" 2>&1 &
  local scene=$!
  wait $grab || fail "$name could not be grabbed"
  kill -TERM -- -$scene -$manager 2>/dev/null || true
  wait $scene $manager 2>/dev/null || true
  kill $server 2>/dev/null; wait $server 2>/dev/null || true
  ffmpeg -v error -y -i "$room/grabbed.mkv" -pix_fmt bgr0 -c:v ffv1 -level 3 -slices 4 -slicecrc 0 "$room/kept.mkv" </dev/null
  mkdir -p "$folder"
  mv "$room/kept.mkv" "$out"
  rm -rf "$room"
  echo "$out  $(sha256sum "$out" | cut -c1-16)  $size  $(stat -c %s "$out") bytes"
}

if [ "${1:-}" = list ]; then echo "$scenes"; exit 0; fi
wanted=("$@")
if [ $# -eq 0 ]; then
  mapfile -t wanted < <(cut -d' ' -f1 <<<"$scenes" | while read -r name; do [ -e "$folder/$name.mkv" ] || echo "$name"; done)
fi
for name in "${wanted[@]}"; do
  [ -n "$(fact "$name" 2)" ] || fail "there is no scene $name; there are: $(cut -d' ' -f1 <<<"$scenes" | xargs)"
done
for name in "${wanted[@]}"; do (record "$name"); done
