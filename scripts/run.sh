#!/usr/bin/env bash
# A demonstration on this machine: server, agent, and a virtual desktop (or DESKTOP=:0, the one you have).
# Ctrl-C stops all of it; the data stay in KINESCOPE_DATA (default var/) and the next start goes on with them.
set -eu
cd "$(dirname "$0")/.."
bin=${KINESCOPE_PROGRAMS:-${CARGO_TARGET_DIR:-target}/release}
data=${KINESCOPE_DATA:-$PWD/var}
port=${PORT:-8443}
address=https://localhost:$port
umask 077
mkdir -p "$data/log"
services=() desktop=()

# The desktop first: the agent sees the session end and closes its recording. Then the agent, which sends what is left; the
# server last, when it has all there is.
stop() {
  trap - INT TERM EXIT
  # Whatever fails here (a terminal that is gone, say), the rest is still stopped.
  set +e
  echo; echo "== stopping"
  end "${desktop[@]}"
  # A desktop that we only watch goes on, and so does its recording at the next start.
  if [ "${#desktop[@]}" -gt 0 ]; then
    for _ in $(seq 1 50); do [ -n "$(ls -d "$data"/agent/spool/*/ 2>/dev/null)" ] || break; sleep 0.1; done
  fi
  end "${services[@]}"
  echo "== stopped; everything is kept in $data"
}
# Newest first.
end() {
  local index
  for ((index = $#; index > 0; index--)); do
    kill "${!index}" 2>/dev/null && wait "${!index}" 2>/dev/null || true
  done
}
give_up() { echo "make run: $1" >&2; [ -z "${2:-}" ] || tail -5 "$2" >&2; exit 1; }
trap stop EXIT
trap 'exit 0' INT TERM
# Children of their own session: ctrl-C reaches this script alone, which then stops them in order.
start() { local log=$1; shift; setsid "$@" >>"$data/log/$log.log" 2>&1 & started=$!; }
alive() { kill -0 "$started" 2>/dev/null; }
wait_until() { # WHAT LOG COMMAND…
  local what=$1 log=$data/log/$2.log; shift 2
  for _ in $(seq 1 300); do "$@" && return 0; alive || break; sleep 0.1; done
  give_up "$what" "$log"
}

(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && give_up "port $port is taken; choose another one: make run PORT=8444"

welcome=$data/welcome
setsid "$bin/kinescope" server --demo --data "$data/server" --listen "127.0.0.1:$port" >"$welcome" 2>>"$data/log/server.log" &
started=$!
services+=("$started")
healthy() { curl --silent --insecure --output /dev/null --fail "$address/healthz"; }
wait_until "the server did not start" server healthy

if [ ! -d "$data/agent/identity" ]; then
  "$bin/kinescope" token create --data "$data/server" --note "make run" |
    "$bin/kinescope-agent" enrol --server "$address" --state-folder "$data/agent" >/dev/null ||
    give_up "this machine could not be enrolled" "$data/log/server.log"
fi

if [ -n "${DESKTOP:-}" ]; then
  display=$DESKTOP
  authority=${XAUTHORITY:-$HOME/.Xauthority}
else
  authority=$data/xauthority
  cookie=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  # Replaced, not added to: cookies of earlier starts are worth nothing. Commands on stdin: arguments are for everybody to read.
  rm -f "$authority"
  knows() { echo "add $1 MIT-MAGIC-COOKIE-1 $cookie" | xauth -q -f "$authority" 2>/dev/null; }
  knows :0 # The X server asks for the cookie alone; clients also look for the display, which is not known yet.
  number=$data/display
  : >"$number"
  start desktop sh -c "exec Xvfb -displayfd 3 -screen 0 ${SCREEN:-1600x900}x24 -nolisten tcp -noreset -auth '$authority' 3>'$number'"
  desktop+=("$started")
  named() { [ -n "$(cat "$number")" ]; }
  wait_until "Xvfb did not start" desktop named
  display=:$(cat "$number")
  knows "$display"
  export XAUTHORITY=$authority
  start desktop scripts/demo-desktop.sh "$display"
  desktop+=("$started")
fi

cat >"$data/agent.toml" <<TOML
state_folder = "$data/agent"
# The port may be another one than at the first start.
server = "$address"
# No other display of this machine is recorded by the demonstration.
displays = [{ name = "$display", xauthority = "$authority" }]

# What happens there is told besides the picture; of what is copied its kind alone.
[events]
topmost_window = true
clipboard = true
not_responding = true
popups = true
performance = true
programs = ["xterm", "mousepad"]
program_ends = true
program_failures = true
TOML
start agent "$bin/kinescope-agent" run --config "$data/agent.toml"
services+=("$started")

cat "$welcome"
rm -f "$welcome"
echo "Recording display $display. Ctrl-C stops; the recordings stay in $data."
# Until ctrl-C, or until one of them ends on its own.
wait -n "${services[@]}" "${desktop[@]}" || true
for log in server agent; do tail -2 "$data/log/$log.log" | sed "s/^/$log: /" >&2; done
give_up "something ended on its own; see $data/log"
