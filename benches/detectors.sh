#!/usr/bin/env bash
# What it costs to detect all that can be detected on a desktop: the same scripted work is recorded, first with nothing detected, then
# with everything. The process that looks at the display is counted by the scheduler's own clock; the agent and the X
# server by what they use more with it than without. Two passes of the same work differ by a few per cent of what the X server does, so
# that a difference there may be chance, and a negative one counts as nothing.
# usage: detectors.sh    variables: KINESCOPE_WORKLOAD (default ../shared/workload/desk.sh, else benches/desk.sh), SIZE
set -eu
here=$(cd "$(dirname "$0")" && pwd); cd "$here/.."
agent=${KINESCOPE_AGENT:-${CARGO_TARGET_DIR:-target}/release/kinescope-agent}
work=${KINESCOPE_WORKLOAD:-../shared/workload/desk.sh}; [ -e "$work" ] || work=benches/desk.sh
size=${SIZE:-1920x1080}
[ -x "$agent" ] || { echo "detectors.sh: $agent is not built: cargo build --release -p agent" >&2; exit 2; }
folder=$(mktemp -d); chmod 711 "$folder"
ticks=$(getconf CLK_TCK)
started=()
stop_all() { local pid; for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null || true; rm -rf "$folder"; }
trap stop_all EXIT

# Processor milliseconds that a process and its threads have used.
used() { sed 's/.*) //' "/proc/$1/stat" | awk -v ticks="$ticks" '{ printf "%d", ($12 + $13) * 1000 / ticks }'; }
# The same for a process of one thread, in microseconds.
used_us() { awk '{ printf "%d", $1 / 1000 }' "/proc/$1/schedstat"; }

# A machine that is enrolled at a server that nobody runs.
enrol() {
  mkdir -p "$1/identity"; chmod 700 "$1" "$1/identity"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=machine \
    -keyout "$1/identity/key.pem" -out "$1/identity/certificate.pem" 2>/dev/null
  cp "$1/identity/certificate.pem" "$1/identity/authority.pem"
  printf '{"server":"https://127.0.0.1:1","machine_id":"m-1","server_certificate":"%064d"}' 0 >"$1/identity/identity.json"
  chmod 600 "$1"/identity/*
}

pass() { # NAME EVENTS: sets seconds, agent_ms, x_ms, watch_us
  local name=$1 state=$folder/$1 begin x0 a0 w0=0 xserver display agent_pid watch=
  : >"$folder/display"
  Xvfb -displayfd 3 -screen 0 "${size}x24" -ac -nolisten tcp 3>"$folder/display" 2>/dev/null & xserver=$!
  started+=("$xserver")
  until [ -s "$folder/display" ]; do sleep 0.1; done
  display=:$(cat "$folder/display")
  DISPLAY=$display openbox >/dev/null 2>&1 & started+=($!)
  enrol "$state"
  cat >"$folder/$name.toml" <<TOML
state_folder = "$state"
socket = "$state/socket"
displays = [{ name = "$display" }]
scan_seconds = 1
record_without_policy = true
events = { $2 }
TOML
  "$agent" run --config "$folder/$name.toml" >/dev/null 2>"$folder/$name.log" & agent_pid=$!; started+=("$agent_pid")
  sleep 5
  watch=$(pgrep -P "$agent_pid" -f desktop-watch || true)
  a0=$(used "$agent_pid"); x0=$(used "$xserver"); [ -z "$watch" ] || w0=$(used_us "$watch"); begin=$SECONDS
  # Ordinary work copies something now and then.
  (n=0; while sleep 15; do n=$((n + 1)); echo "copy $n" | DISPLAY=$display timeout 14 xclip -quiet -selection clipboard >/dev/null 2>&1 || true; done) & local copies=$!; started+=("$copies")
  bash "$work" "$display" >/dev/null 2>&1 || true
  seconds=$((SECONDS - begin)); agent_ms=$(($(used "$agent_pid") - a0)); x_ms=$(($(used "$xserver") - x0)); watch_us=0
  if [ -n "$watch" ]; then
    [ -r "/proc/$watch/schedstat" ] || { echo "detectors.sh: the process that looks has ended" >&2; tail -5 "$folder/$name.log" >&2; exit 1; }
    watch_us=$(($(used_us "$watch") - w0))
    watch_kib=$(awk '/^RssAnon/ { print $2 }' "/proc/$watch/status")
  fi
  kill "$copies" "$agent_pid"; wait "$agent_pid" 2>/dev/null || true
  echo "== $name: $seconds s; agent $agent_ms ms, X server $x_ms ms, desktop-watch $((watch_us / 1000)) ms"
  grep -aoE '"kind":"[a-z-]+"' -rh "$state/spool" | sort | uniq -c | sed 's/^/  /'
  kill "$xserver"; wait "$xserver" 2>/dev/null || true
}
echo "== the same work twice: $work, $size"
pass nothing "idle = false"; a=$agent_ms; x=$x_ms
pass everything "idle = true, topmost_window = true, clipboard = true, clipboard_content = true, not_responding = true, popups = true, performance = true"
awk -v w="$watch_us" -v a="$((agent_ms - a))" -v x="$((x_ms - x))" -v s="$seconds" -v kib="$watch_kib" 'BEGIN {
  if (a < 0) a = 0
  if (x < 0) x = 0
  share = (w / 1000 + a) / s / 10
  printf "== %.2f %% of a core: desktop-watch %.2f ms/s, agent %.2f ms/s more (required: at most 1 %%); X server %.2f ms/s more; %d KiB of memory\n", share, w / 1000 / s, a / s, x / s, kib
  exit !(share <= 1)
}'
