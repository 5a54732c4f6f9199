#!/usr/bin/env bash
# A small desktop on an X display that is already up: window manager, a few programs, and somebody who works slowly.
# usage: demo-desktop.sh :DISPLAY   (ends with its display, or on TERM)
set -u
export DISPLAY=$1
home=$(mktemp -d)
export HOME=$home XDG_CONFIG_HOME=$home/.config XDG_DATA_HOME=$home/.local/share XDG_CACHE_HOME=$home/.cache
unset DBUS_SESSION_BUS_ADDRESS
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$home"' EXIT
trap 'exit 0' TERM INT

openbox >/dev/null 2>&1 &
cat > "$home/notes.txt" <<'TEXT'
Shift handover
==============

08:10  Printer on floor 3 stops after page 12. Spooler restarted, user informed.
08:45  Customer 4711 asks for the invoice of October again. Sent.
09:20  Backup of the file server took 40 minutes longer than usual; see ticket 2231.

TEXT
xclock -digital -strftime '%H:%M:%S' -update 1 -geometry 220x60-30+30 >/dev/null 2>&1 &
# A prompt that tells nothing about the machine but the user.
printf 'PS1="\\u:\\w\\$ "\ncd /\n' > "$home/.shellrc"
xterm -geometry 96x26+60+90 -fa 'DejaVu Sans Mono' -fs 11 -bg '#10202c' -fg '#d8e4ec' -title 'Terminal' -e bash --noprofile --rcfile "$home/.shellrc" >/dev/null 2>&1 &
mousepad "$home/notes.txt" >/dev/null 2>&1 &

window() { timeout 20 xdotool search --sync --onlyvisible --class "$1" 2>/dev/null | tail -1; }
into() { xdotool windowactivate --sync "$(window "$1")" 2>/dev/null; sleep 0.6; }
write() { xdotool type --delay 120 "$1"; xdotool key Return; }
alive() { xdotool getmouselocation >/dev/null 2>&1; }

xsetroot -solid '#23445c' # after the window manager, which clears the root window when it starts
# Where things stand when the desktop opens, so that nothing covers everything else.
xdotool windowmove "$(window mousepad)" 700 380 windowsize "$(window mousepad)" 900 560 2>/dev/null
commands=('uptime' 'ls -l /usr/bin | tail -25' 'head -22 /etc/services' 'date' 'cat /etc/os-release' 'ls /etc | head -40 | column')
lines=('09:45  Toner fitted on floor 3, counter reset.' '10:05  Ticket 2231: second backup window agreed with the night shift.'
  '10:30  New colleague has her account; first login on Monday.' '11:00  Nothing open. Lunch.')
turn=0
while alive; do
  into XTerm; write "${commands[turn % ${#commands[@]}]}"; sleep 5
  into mousepad; xdotool key ctrl+End; write "${lines[turn % ${#lines[@]}]}"; sleep 5
  xdotool mousemove $((300 + turn * 97 % 1200)) $((200 + turn * 61 % 700)); sleep 3
  turn=$((turn + 1))
  [ $((turn % 30)) -ne 0 ] || { into XTerm; write clear; }
done
