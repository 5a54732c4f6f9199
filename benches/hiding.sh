#!/usr/bin/env bash
# What hiding an application costs: CPU of recorder and X server while a desktop works, without hiding, with a hidden
# application that does not run, that is seen, and that is dragged about.
# usage: hiding.sh [SECONDS]
set -eu
seconds=${1:-20}
agent=${CARGO_TARGET_DIR:-$(dirname "$0")/../target}/release/kinescope-agent
work=$(mktemp -d)
cleanup() { kill $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"; }
trap cleanup EXIT

Xvfb -displayfd 3 -screen 0 1920x1080x24 -ac -nolisten tcp -noreset 3>"$work/display" 2>/dev/null &
xserver=$!
while ! [ -s "$work/display" ]; do sleep 0.05; done
DISPLAY=:$(cat "$work/display")
export DISPLAY
openbox >/dev/null 2>&1 &
for at in +0+0 +900+0 +0+540; do
  (cd "$work" && exec xterm -geometry "80x24$at" -e sh -c 'while :; do seq 40; sleep 0.2; done' >/dev/null 2>&1) &
done
cp /usr/bin/xterm "$work/vault"
sleep 2

ticks=$(getconf CLK_TCK)
spent() { awk -v t="$ticks" '{ sub(/.*\) /, ""); print ($12 + $13) / t }' "/proc/$1/stat"; }
measure() { # what, flags…
  what=$1; shift
  rm -f "$work/out.kin"
  "$agent" record --display "$DISPLAY" -o "$work/out.kin" "$@" 2>/dev/null &
  recorder=$!
  sleep 2
  r=$(spent $recorder); x=$(spent $xserver)
  sleep "$seconds"
  r2=$(spent $recorder); x2=$(spent $xserver)
  kill $recorder; wait $recorder 2>/dev/null || true
  awk -v what="$what" -v r="$r" -v r2="$r2" -v x="$x" -v x2="$x2" -v s="$seconds" \
    'BEGIN { printf "%-40s recorder %5.2f %%   X server %5.2f %%\n", what, 100 * (r2 - r) / s, 100 * (x2 - x) / s }'
}
echo "CPU of one core, $seconds s each, 1920x1080, three terminals scrolling five times a second:"
measure "nothing hidden"
measure "hidden, and does not run" --hide vault
(cd "$work" && exec ./vault -geometry 80x24+500+300 -e sh -c 'while :; do date; sleep 1; done' >/dev/null 2>&1) &
sleep 1
measure "the same window, nothing hidden"
measure "hidden, and seen" --hide vault
window=$(xdotool search --classname vault | tail -1)
(while :; do for x in $(seq 100 20 900); do xdotool windowmove "$window" "$x" 300 2>/dev/null || exit; sleep 0.02; done; done) &
measure "dragged, nothing hidden"
measure "dragged, and hidden" --hide vault
