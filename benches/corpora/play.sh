#!/usr/bin/env bash
# Plays one scene on $DISPLAY until it is stopped; corpora.sh records it. A scene is a page, a Tk script or a function below.
# usage: play.sh SCENE
set -u
here=$(cd "$(dirname "$0")" && pwd)

keys() { local key; for key in "$@"; do xdotool key --delay 25 "$key"; sleep 0.2; done; }
write() { xdotool type --delay "${2:-50}" "$1"; }
line() { write "$1"; keys Return; sleep "${2:-1}"; }
window() { timeout 20 xdotool search --sync --onlyvisible --class "$1" 2>/dev/null | tail -1; }
# Lines of prose, the same on every machine.
prose() { # LINES SEED
  awk -v lines="$1" -v seed="$2" 'BEGIN {
    srand(seed); n = split("anchor basin copper delta ember fjord garnet harbour inlet juniper kelp lantern meadow nickel orchard pewter quarry ridge saffron timber umber valley willow yarrow zephyr and of with under near the a before", word, " ")
    for (i = 1; i <= lines; i++) { text = sprintf("%4d ", i); count = 4 + int(rand() * 9); while (count-- > 0) text = text " " word[1 + int(rand() * n)]; print text }
  }'
}
browse() { # FILE SIZE POSITION [OPTION …]
  local page=$1 size=$2 position=$3; shift 3
  chromium --no-sandbox --test-type --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update \
    --disable-sync --disable-extensions --user-data-dir="$HOME/profile" --window-size="$size" --window-position="$position" "$@" --app="file://$page" &
}
# Fills the screen but for a border, as people have it.
page() { browse "$here/$1.html" "$((${SCENE_SIZE%x*} - 120)),$((${SCENE_SIZE#*x} - 110))" 50,40; }

terminal() {
  prose 900 5 >report.txt
  printf 'set -g status-style bg=colour24,fg=colour255\nset -g default-command "env PS1=\\"worker:\\\\w\\$ \\" bash --noprofile --norc"\n' >.tmux.conf
  printf 'syntax on\nset number\n' >.vimrc
  cat >build.sh <<'BUILD'
for i in $(seq 1 220); do
  printf '\033[32m   Compiling\033[0m part-%03d v0.%d.%d (/srv/parts/%d)\n' "$i" $((i % 9)) $((i % 13)) $((i * 37 % 100))
  [ $((i % 40)) -ne 0 ] || printf '\033[33mwarning\033[0m: unused variable `total_%d` at src/part_%d.rs:%d:9\n' "$i" "$i" $((i * 7 % 300))
  sleep 0.03
done
BUILD
  cat >log.sh <<'LOG'
i=0; while sleep 0.3; do i=$((i + 1)); printf '2026-03-0%d 10:%02d:%02d.%03d INFO  request id=%06x path=/api/orders/%d took=%dms\n' $((i % 9 + 1)) $((i / 60)) $((i % 60)) $((i * 77 % 1000)) $((i * 40503 % 999999)) $((i * 13 % 5000)) $((i * 31 % 900)); done
LOG
  xterm -geometry 190x55+30+30 -fa 'DejaVu Sans Mono' -fs 11 -bg '#1c1f26' -fg '#d0d4dc' -e tmux -f .tmux.conf new &
  window XTerm >/dev/null; sleep 1.5
  line 'bash build.sh' 3; keys ctrl+b percent; line 'bash log.sh' 2
  keys ctrl+b quotedbl; line 'top -d 1' 5; keys ctrl+b Left; sleep 1
  line 'less report.txt' 1; for _ in $(seq 1 12); do keys space; sleep 0.3; done; write '/fjord'; keys Return n n n q
  line 'grep -n --color=always "copper.*valley" report.txt | head -40' 2
  line 'vim build.sh' 1; keys G o; write 'echo "done after $i parts" # say so' 60; keys Escape g g; for _ in $(seq 1 8); do keys j; done
  # An old terminal with a bitmap font on paper white above it.
  xterm -geometry 90x30+900+420 -bg white -fg black -e bash --norc & sleep 1
  line 'ls -l /usr/lib | head -60' 1; line 'dd if=/dev/urandom bs=512 count=4 2>/dev/null | od -An -tx1' 1; line 'cat ~/report.txt' 2
}

photos() {
  local seed
  # Clouds of colour with edges, film grain and the marks of JPEG, like pictures from a camera.
  for seed in 3 8 14; do
    convert -size 1500x1000 -seed "$seed" plasma:'#102438-#e8c8a0' -blur 0x3 -swirl $((seed * 9)) \
      \( -size 1500x1000 -seed $((seed + 40)) plasma:'#505050-#b0b0b0' -shade 120x40 -blur 0x1 \) -compose overlay -composite \
      -seed "$seed" -attenuate 0.03 +noise Gaussian -quality 90 "picture-$seed.jpg"
  done
  feh --geometry 1500x950+200+60 --scale-down ./*.jpg & window feh >/dev/null; sleep 2
  keys n; sleep 2; keys n; sleep 2; keys Up Up Up; sleep 1
  local id; id=$(window feh); xdotool mousemove --window "$id" 900 600 mousedown 1
  for _ in $(seq 1 40); do xdotool mousemove_relative -- -9 -6; sleep 0.05; done; xdotool mouseup 1
  keys Down Down Down; sleep 1; keys n; sleep 1; keys greater; sleep 2; keys n; sleep 1
  for step in $(seq 1 25); do xdotool windowmove "$id" $((200 + step * 9)) $((60 + step * 2)); sleep 0.06; done
  while keys n; do sleep 2; done
}

monitors() {
  prose 1200 9 >report.txt
  xterm -geometry 150x50+40+40 -fa 'DejaVu Sans Mono' -fs 12 -e bash -c 'tail -n +1 -f report.txt' &
  { echo '<meta charset=utf-8><body style="font:17px/1.6 DejaVu Serif;margin:40px 160px"><h1>Report</h1>'; prose 400 21 | awk '{ $1 = ""; print (NR % 12 ? "<p>" : "</p><h2>") $0 "." (NR % 12 ? "" : "</h2>") }'; } >report.html
  browse "$HOME/report.html" 1700,950 2020,50; window chromium >/dev/null; sleep 3
  (i=0; while sleep 0.25; do i=$((i + 1)); echo "line $i: $(sed -n "$((i * 17 % 1200 + 1))p" report.txt)" >>report.txt; done) &
  xdotool mousemove 2800 500 click 1
  while :; do for _ in $(seq 1 25); do xdotool click 5; sleep 0.12; done; sleep 1; for _ in $(seq 1 10); do xdotool click 4; sleep 0.12; done; sleep 1; done
}

uhd() {
  prose 300 2 >notes.txt
  browse "$here/ide.html" 1050,650 30,30 --force-device-scale-factor=2; sleep 3
  xterm -geometry 110x45+2250+80 -fa 'DejaVu Sans Mono' -fs 20 -bg '#fdf6e3' -fg '#586e75' & window XTerm >/dev/null; sleep 1
  line 'ls --color -l /usr/bin | tail -70' 1
  browse "$here/dashboard.html" 850,400 1000,625 --force-device-scale-factor=2; sleep 3
  mousepad notes.txt & sleep 2; local id; id=$(window mousepad); xdotool windowmove "$id" 300 1300 windowsize "$id" 1500 700; sleep 1
  for step in $(seq 1 30); do xdotool windowmove "$id" $((300 + step * 22)) $((1300 - step * 15)); sleep 0.08; done
  while :; do keys Next; sleep 0.5; done
}

case $1 in
  terminal | photos | monitors | uhd) "$1" ;;
  form | drawing) wish "$here/$1.tcl" & ;;
  *) page "$1" ;;
esac
wait
