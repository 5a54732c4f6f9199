#!/usr/bin/env bash
# An hour of ordinary work with everything detected: what is told of it, and whether anything alarming is among it. A person's work at a
# desktop is done again and again; nothing in it fails, hangs, floods or is disturbed.
# usage: false-events.sh    variables: MINUTES (default 60), KINESCOPE_AGENT, KINESCOPE_WORKLOAD (default ../shared/workload/desk.sh, else benches/desk.sh)
set -eu
here=$(cd "$(dirname "$0")" && pwd); cd "$here/.."
. benches/alone.sh
work=${KINESCOPE_WORKLOAD:-../shared/workload/desk.sh}; [ -e "$work" ] || work=benches/desk.sh
minutes=${MINUTES:-60}
alarming="not-responding program-failed events-lost disturbed gap recording-paused"

mkdir "$folder/home"
open_bus
open_display 1920x1080
with_notice hour
events=$(everything "$folder/home")
start_agent hour "$events"
close_notice "$events"
begin=$SECONDS; rounds=0
while [ $((SECONDS - begin)) -lt $((minutes * 60)) ]; do
  TMPDIR=$folder/home timeout $((minutes * 60 - SECONDS + begin)) bash "$work" "$display" human >/dev/null 2>&1 || true
  rounds=$((rounds + 1))
done
seconds=$((SECONDS - begin))
kill "$agent_pid"; wait "$agent_pid" 2>/dev/null || true
echo "== $work on $display, $seconds s, $rounds rounds; told:"
told_kinds hour | sed 's/^/  /'
false=0
for kind in $alarming; do
  if told hour | grep -q "^{\"kind\":\"$kind\""; then false=1; echo "== alarming: $kind"; told hour | grep "^{\"kind\":\"$kind\"" | head -5; fi
done
[ "$(told_kinds hour | wc -l)" -gt 3 ] || { echo "== hardly anything was told: nothing is shown by this"; tail -5 "$folder/hour.log"; exit 1; }
[ $false = 0 ] && echo "== nothing alarming: none of $alarming"
exit $false
