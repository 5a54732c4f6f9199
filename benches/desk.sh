#!/usr/bin/env bash
# A short stretch of desktop work for benches and tests where no longer script is at hand: about forty seconds of a
# terminal and an editor. The X server and a window manager are started by the caller.
# usage: desk.sh :DISPLAY
set -u
export DISPLAY=$1
home=$(mktemp -d); export HOME=$home
trap 'kill $(jobs -p) 2>/dev/null; sleep 0.5; rm -rf "$home"' EXIT
for i in $(seq 1 80); do
  printf 'Order %d: %d boxes of paper, delivered to floor %d, signed for by the porter.\n\n' $((7000 + i * 13)) $((i % 9 + 1)) $((i % 6))
done >"$home/orders.txt"
keys() { for key in "$@"; do xdotool key --delay 30 "$key"; sleep 0.2; done; }
words() { xdotool type --delay 45 "$1"; }
wheel() { for _ in $(seq 1 "$1"); do xdotool click "$2"; sleep 0.1; done; }

xterm -geometry 100x32+30+40 -fa 'DejaVu Sans Mono' -fs 11 & sleep 1.5
xdotool mousemove 300 300 click 1
words 'ls -l /usr/bin | tail -60'; keys Return; sleep 1
words 'for i in $(seq 1 60); do echo "checking file $i of 60 ... fine"; sleep 0.04; done'; keys Return; sleep 4

mousepad "$home/orders.txt" >/dev/null 2>&1 & sleep 3
editor=$(timeout 10 xdotool search --sync --onlyvisible --class mousepad | tail -1)
xdotool windowactivate --sync "$editor" 2>/dev/null; sleep 0.5
keys ctrl+End; words 'Asked twice about the missing box; it was found behind the lift.'; keys Return
keys ctrl+Home; wheel 25 5; wheel 10 4
words 'Checked. '; sleep 1

for _ in 1 2; do keys alt+Tab; sleep 1; done
xdotool windowmove "$editor" 400 200; sleep 0.5
for step in $(seq 1 20); do xdotool windowmove "$editor" $((400 - step * 10)) $((200 - step * 5)); sleep 0.05; done
sleep 4
