#!/usr/bin/env bash
# What a flood does to a session that is recorded: STARTS programs and FILES operations on files (half of them created, half deleted) as
# fast as they go. All must be counted, the recording must declare nothing lost, and the agent must come to rest. Run as root.
# usage: flood.sh    variables: STARTS (default 5000), FILES (default 50000), KINESCOPE_AGENT (default the release build)
set -eu
here=$(cd "$(dirname "$0")" && pwd); cd "$here/.."
. benches/alone.sh
starts=${STARTS:-5000}; files=${FILES:-50000}
# Itself, and no script that finds it: shells are told, too.
python=$(python3 -c 'import sys; print(sys.executable)')
mkdir "$folder/listed"
cp "$(readlink -f /bin/dash)" "$folder/flooding"; cp "$(readlink -f /bin/true)" "$folder/flooded"
open_display 1280x800
export DISPLAY=$display
start_agent flood "topmost_window = true, programs = [\"$folder/flooding\"], program_ends = true, folders = [\"$folder/listed\"]"
xmessage -buttons none "Here nothing must stand still" & started+=($!)
# What is told of the session's programs and files stands in its recording.
until told flood | grep -q after-which && told flood | grep -q '"file-'; do
  kill -0 "$agent_pid"
  "$folder/flooding" -c 'sleep 0.2; : after-which'; : >"$folder/listed/before"; rm -f "$folder/listed/before"
  sleep 1
done
total() { told_kinds flood | awk -v kind="$1" '$1 == kind { print $2; found = 1 } END { if (!found) print 0 }'; }
kinds="program-start program-end file-created file-deleted"
# Recorders write now and then: what is on its way is told once two looks see the same.
until_told() { local seen=none now; until now=$(told_kinds flood); [ "$now" = "$seen" ]; do seen=$now; sleep 5; done; }
until_told
declare -A was; for kind in $kinds; do was[$kind]=$(total "$kind"); done
mapfile -t agents < <(all_of "$agent_pid")
before=$(used "${agents[@]}"); begin=$(date +%s%N)
"$folder/flooding" -c "i=0; while [ \$i -lt $starts ]; do $folder/flooded; i=\$((i+1)); done" & programs=$!
"$python" - "$folder/listed" "$((files / 2))" <<'P'
import os, sys
for number in range(int(sys.argv[2])):
    path = f"{sys.argv[1]}/{number}"
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY)); os.unlink(path)
P
wait "$programs"
seconds=$(awk -v ns="$(($(date +%s%N) - begin))" 'BEGIN { printf "%.1f", ns / 1e9 }')
sleep 5; during=$(($(used "${agents[@]}") - before))
rest=$(used "${agents[@]}"); sleep 10; rest=$(($(used "${agents[@]}") - rest))
echo "== $starts starts and $files operations on files in $seconds s; the agent used $during ms for them, and $rest ms in the 10 s afterwards (required: at most 1000)"
until_told
wrong=0
for kind in $kinds; do
  case $kind in program-*) expected=$((starts + 1)) ;; *) expected=$((files / 2)) ;; esac
  counted=$(($(total "$kind") - was[$kind]))
  echo "$kind: $counted of $expected"
  [ "$counted" = "$expected" ] || wrong=1
done
for kind in events-lost gap disturbed; do
  [ "$(total $kind)" = 0 ] || { wrong=1; told flood | grep "^{\"kind\":\"$kind\"" | head -3; }
done
kill -0 "$agent_pid" && [ "$rest" -le 1000 ] && [ $wrong = 0 ] || { tail -5 "$folder/flood.log"; exit 1; }
