#!/usr/bin/env bash
# The recorder's processor time beside ffmpeg's (x11grab at the same rate, libx264 preset ultrafast), at rest and at work.
#
#   rest   a resting desktop is recorded for REST seconds (default 60): recorder and X server, milliseconds a second
#   alone  the work is done without anybody recording: what it costs the X server by itself
#   ours   the same work, recorded by kinescope-agent
#   both   the same work, recorded by kinescope-agent and ffmpeg side by side on the same display
#
# "both" gives the programs' own time in one and the same run. What each of them costs the X server is the difference
# between passes (ours - alone, both - ours): the server does not say for whom it works. Two passes of the same work differ by a
# few per cent, so a small negative difference counts as nothing.
# usage: agent-cpu.sh    variables: KINESCOPE_WORKLOAD (default ../shared/workload/desk.sh, else benches/desk.sh), REST, SIZE
set -eu
here=$(cd "$(dirname "$0")" && pwd); cd "$here/.."
agent=${KINESCOPE_AGENT:-${CARGO_TARGET_DIR:-target}/release/kinescope-agent}
work=${KINESCOPE_WORKLOAD:-../shared/workload/desk.sh}; [ -e "$work" ] || work=benches/desk.sh
size=${SIZE:-1920x1080}; rest=${REST:-60}
[ -x "$agent" ] || { echo "agent-cpu.sh: $agent is not built: cargo build --release -p agent" >&2; exit 2; }
folder=$(mktemp -d)
ticks=$(getconf CLK_TCK)
started=()
stop_all() { local pid; for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done; rm -rf "$folder"; }
trap stop_all EXIT

# Processor milliseconds that a process and its threads have used.
used() { sed 's/.*) //' "/proc/$1/stat" | awk -v ticks="$ticks" '{ printf "%d", ($12 + $13) * 1000 / ticks }'; }
# The same in microseconds for a process of one thread, from the scheduler's own clock.
used_us() { awk '{ printf "%d", $1 / 1000 }' "/proc/$1/schedstat"; }

desktop() { # sets xserver and display
  : >"$folder/display"
  Xvfb -displayfd 3 -screen 0 "${size}x24" -ac -nolisten tcp 3>"$folder/display" 2>/dev/null & xserver=$!
  started+=("$xserver")
  until [ -s "$folder/display" ]; do sleep 0.1; done
  display=:$(cat "$folder/display")
  DISPLAY=$display openbox >/dev/null 2>&1 & started+=($!); sleep 1
  convert-im6 -size "$size" gradient:'#20506f-#0d2233' "$folder/wall.png"
  DISPLAY=$display HOME=$folder feh --bg-fill "$folder/wall.png" || true
}
end_desktop() { kill "$xserver"; wait "$xserver" 2>/dev/null || true; }
record() { rm -f "$folder/ours.kin"; "$agent" record --display "$display" -o "$folder/ours.kin" 2>/dev/null & ours=$!; started+=("$ours"); sleep 1; }
film() {
  ffmpeg -v error -y -f x11grab -framerate 10 -video_size "$size" -i "$display" \
    -c:v libx264 -preset ultrafast "$folder/theirs.mkv" </dev/null 2>/dev/null & theirs=$!; started+=("$theirs"); sleep 1
}
finish() { kill -INT "$1"; wait "$1" 2>/dev/null || true; }

echo "== rest: $rest s of a resting desktop, $size"
desktop; record; sleep 3
us=$(used_us "$ours"); x=$(used "$xserver"); sleep "$rest"
us=$(($(used_us "$ours") - us)); x=$(($(used "$xserver") - x))
finish "$ours"; end_desktop
awk -v us="$us" -v x="$x" -v s="$rest" 'BEGIN { printf "   recorder %.3f ms/s, X server %.3f ms/s (required: recorder below 5)\n", us / 1000 / s, x / s }'
rest_us=$us

pass() { # NAME RECORD FILM: sets x_ms, ours_ms, theirs_ms, seconds
  echo "== $1: $work"
  desktop; ours_ms=0; theirs_ms=0
  [ "$2" = no ] || record
  [ "$3" = no ] || film
  local begin=$SECONDS x0; x0=$(used "$xserver")
  bash "$work" "$display" >/dev/null 2>&1
  x_ms=$(($(used "$xserver") - x0)); seconds=$((SECONDS - begin))
  if [ "$2" = yes ]; then ours_ms=$(used "$ours"); finish "$ours"; ours_bytes=$(stat -c %s "$folder/ours.kin"); fi
  if [ "$3" = yes ]; then theirs_ms=$(used "$theirs"); finish "$theirs"; theirs_bytes=$(stat -c %s "$folder/theirs.mkv"); fi
  end_desktop
  echo "   $seconds s; X server $x_ms ms, kinescope-agent $ours_ms ms, ffmpeg $theirs_ms ms"
}
pass alone no no; x_alone=$x_ms
pass ours yes no; x_ours=$x_ms
pass both yes yes; x_both=$x_ms

awk -v xa="$x_alone" -v xo="$x_ours" -v xb="$x_both" -v k="$ours_ms" -v f="$theirs_ms" -v s="$seconds" \
  -v kb="$ours_bytes" -v fb="$theirs_bytes" -v rest="$rest_us" -v rs="$rest" 'BEGIN {
  xk = xo - xa; if (xk < 0) xk = 0
  xf = xb - xo; if (xf < 0) xf = 0
  share = (k + xk) / (f + xf)
  printf "== kinescope-agent %.1f ms/s (%d ms + %d ms in the X server), ffmpeg %.1f ms/s (%d ms + %d ms in the X server)\n", (k + xk) / s, k, xk, (f + xf) / s, f, xf
  printf "== %.3f of ffmpeg (required: at most 0.25); %d bytes exact, ffmpeg %d bytes lossy\n", share, kb, fb
  exit !(share <= 0.25 && rest / 1000 / rs < 5)
}'
