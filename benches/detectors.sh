#!/usr/bin/env bash
# What it costs to detect all that can be detected on a desktop: the same scripted work is recorded, first with nothing detected, then
# with everything. The processes that look at the display and ask programs what they show are counted by the scheduler's own clock; the agent
# and the X server by what they use more with it than without. Chromium says its pages in both passes; what that costs it is not
# counted. Two passes of the same work differ by a few per cent of what the X server does, so
# that a difference there may be chance, and a negative one counts as nothing.
# usage: detectors.sh    variables: KINESCOPE_WORKLOAD (default ../shared/workload/desk.sh, else benches/desk.sh), SIZE
set -eu
here=$(cd "$(dirname "$0")" && pwd); cd "$here/.."
. benches/alone.sh
work=${KINESCOPE_WORKLOAD:-../shared/workload/desk.sh}; [ -e "$work" ] || work=benches/desk.sh
size=${SIZE:-1920x1080}

# The same for a process that is still there, in microseconds.
used_us() { cat "/proc/$1/task/"*/schedstat | awk '{ sum += $1 } END { printf "%d", sum / 1000 }'; }

# A session's bus, and a browser that says its pages.
DBUS_SESSION_BUS_ADDRESS=$(dbus-daemon --session --nosyslog --fork --print-address=1 --print-pid=3 3>"$folder/bus"); export DBUS_SESSION_BUS_ADDRESS
started+=("$(cat "$folder/bus")")
mkdir "$folder/bin"; printf '#!/bin/sh\nexec %s --force-renderer-accessibility "$@"\n' "$(command -v chromium)" >"$folder/bin/chromium"
chmod +x "$folder/bin/chromium"; PATH=$folder/bin:$PATH

pass() { # NAME EVENTS: sets seconds, agent_ms, x_ms, watch_us, access_us
  local name=$1 begin x0 a0 w0=0 t0=0 watch= access=
  open_display "$size"
  start_agent "$name" "$2"
  sleep 5
  watch=$(pgrep -P "$agent_pid" -f desktop-watch || true); access=$(pgrep -P "$agent_pid" -f accessibility-watch || true)
  a0=$(used "$agent_pid"); x0=$(used "$xserver"); [ -z "$watch" ] || w0=$(used_us "$watch"); [ -z "$access" ] || t0=$(used_us "$access"); begin=$SECONDS
  # Ordinary work copies something now and then.
  (n=0; while sleep 15; do n=$((n + 1)); echo "copy $n" | DISPLAY=$display timeout 14 xclip -quiet -selection clipboard >/dev/null 2>&1 || true; done) & local copies=$!; started+=("$copies")
  bash "$work" "$display" >/dev/null 2>&1 || true
  seconds=$((SECONDS - begin)); agent_ms=$(($(used "$agent_pid") - a0)); x_ms=$(($(used "$xserver") - x0)); watch_us=0; access_us=0
  local each; for each in $watch $access; do
    [ -r "/proc/$each/schedstat" ] || { echo "detectors.sh: a process that looks has ended" >&2; tail -5 "$folder/$name.log" >&2; exit 1; }
  done
  if [ -n "$watch" ]; then
    watch_us=$(($(used_us "$watch") - w0)); watch_kib=$(awk '/^RssAnon/ { print $2 }' "/proc/$watch/status")
  fi
  if [ -n "$access" ]; then
    access_us=$(($(used_us "$access") - t0)); access_kib=$(awk '/^RssAnon/ { print $2 }' "/proc/$access/status")
  fi
  kill "$copies" "$agent_pid"; wait "$agent_pid" 2>/dev/null || true
  echo "== $name: $seconds s; agent $agent_ms ms, X server $x_ms ms, desktop-watch $((watch_us / 1000)) ms, accessibility-watch $((access_us / 1000)) ms"
  told_kinds "$name" | sed 's/^/  /'
  kill "$xserver"; wait "$xserver" 2>/dev/null || true
}
echo "== the same work twice: $work, $size"
pass nothing "idle = false"; a=$agent_ms; x=$x_ms
pass everything "idle = true, topmost_window = true, clipboard = true, clipboard_content = true, not_responding = true, popups = true, popup_words = true, pages = true, performance = true"
[ -n "${access_kib:-}" ] || { echo "detectors.sh: nobody asked programs what they show" >&2; exit 1; }
awk -v w="$watch_us" -v t="$access_us" -v tkib="$access_kib" -v a="$((agent_ms - a))" -v x="$((x_ms - x))" -v s="$seconds" -v kib="$watch_kib" 'BEGIN {
  if (a < 0) a = 0
  if (x < 0) x = 0
  share = ((w + t) / 1000 + a) / s / 10
  printf "== %.2f %% of a core: desktop-watch %.2f ms/s, accessibility-watch %.2f ms/s, agent %.2f ms/s more (required: at most 1 %%); X server %.2f ms/s more; %d and %d KiB of memory\n", share, w / 1000 / s, t / 1000 / s, a / s, x / s, kib, tkib
  exit !(share <= 1)
}'
