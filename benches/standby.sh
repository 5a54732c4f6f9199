#!/usr/bin/env bash
# What it costs that a recorder stands by with the screen from before an event: processor time of recorders and X server while a person
# works, and the most memory of a recorder, sampled four times a second; beside events alone, and beside a recording of the screen.
#
#   events   events only are recorded
#   before   the same with a rule that wants so many seconds from before an event, once for each number
#   screen   the screen is recorded
# usage: standby.sh [SECONDS…] (default: 10 120)   variables: KINESCOPE_WORKLOAD (default ../shared/workload/desk.sh, else benches/desk.sh), SIZE, REST
set -eu
here=$(cd "$(dirname "$0")" && pwd); cd "$here/.."
. benches/alone.sh
work=${KINESCOPE_WORKLOAD:-../shared/workload/desk.sh}; [ -e "$work" ] || work=benches/desk.sh
size=${SIZE:-1920x1080}; rest=${REST:-20}; [ $# -gt 0 ] || set -- 10 120

# The recorders of an agent: those of events and those of pictures.
recorders() { pgrep -f -P "$agent_pid" ' recorder( |$)' || true; }
# Memory that a process has for itself, in MiB; no other has as much of it.
private_mib() { awk '/^Private_(Clean|Dirty)/ { sum += $2 } END { printf "%d", sum / 1024 }' "/proc/$1/smaps_rollup" 2>/dev/null || echo 0; }
most_mib() { local most=0 pid mib; for pid in $(recorders); do mib=$(private_mib "$pid"); [ "${mib:-0}" -le "$most" ] || most=$mib; done; echo "$most"; }

pass() { # NAME POLICY RESPONSES
  local name=$1 state=$folder/$1 begin ours x most=0 mib pid
  open_display "$size"
  mkdir -p "$state"
  printf '%s' "$2" >"$state/policy"
  printf '{"version":1,"name":"Bench","rules":[{"name":"All","log":{},%s"when":{"where":[{"machine":"*"}]}}]}' "$3" >"$state/detection-policy"
  start_agent "$name" ""
  sleep 4
  ours=$(used $(recorders)); x=$(used "$xserver"); sleep "$rest"
  ours=$(($(used $(recorders)) - ours)); x=$(($(used "$xserver") - x))
  echo "== $name, at rest for $rest s: recorders $ours ms, X server $x ms, $(most_mib) MiB"
  ours=$(used $(recorders)); x=$(used "$xserver"); begin=$SECONDS
  bash "$work" "$display" >/dev/null 2>&1 & pid=$!; started+=("$pid")
  while kill -0 "$pid" 2>/dev/null; do mib=$(most_mib); [ "$mib" -le "$most" ] || most=$mib; sleep 0.25; done
  ours=$(($(used $(recorders)) - ours)); x=$(($(used "$xserver") - x))
  echo "== $name, at work for $((SECONDS - begin)) s: recorders $ours ms, X server $x ms, at most $most MiB; $(du -sk "$state/spool" | cut -f1) KiB in the spool"
  kill "$agent_pid"; wait "$agent_pid" 2>/dev/null || true
  kill "$xserver"; wait "$xserver" 2>/dev/null || true
}
pass events events-only ''
for seconds in "$@"; do
  pass "before-$seconds" events-only '"respond":{"before_seconds":'"$seconds"',"triggers":[{"description":"Never","event":"custom","conditions":[],"actions":["record-screen"]}]},'
done
pass screen record-everything ''
