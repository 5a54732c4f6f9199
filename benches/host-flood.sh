#!/usr/bin/env bash
# What the process that watches the machine makes of a flood, and what it costs: STARTS programs and FILES operations on files (half of
# them created, half deleted) as fast as they go. Run as root.
# usage: host-flood.sh    variables: STARTS (default 5000), FILES (default 50000), KINESCOPE_AGENT (default the release build)
set -eu
here=$(cd "$(dirname "$0")" && pwd); cd "$here/.."
agent=${KINESCOPE_AGENT:-${CARGO_TARGET_DIR:-target}/release/kinescope-agent}
starts=${STARTS:-5000}; files=${FILES:-50000}
[ -x "$agent" ] || { echo "host-flood.sh: $agent is not built: cargo build --release -p agent" >&2; exit 2; }
folder=$(mktemp -d); watcher=
trap '[ -z "$watcher" ] || kill "$watcher" 2>/dev/null || true; rm -rf "$folder"' EXIT
ticks=$(getconf CLK_TCK)
used() { sed 's/.*) //' "/proc/$1/stat" | awk -v ticks="$ticks" '{ printf "%d", ($12 + $13) * 1000 / ticks }'; }
: >"$folder/told"; mkdir "$folder/listed"; mkfifo "$folder/stdin"
cp "$(readlink -f /bin/dash)" "$folder/flooding"; cp "$(readlink -f /bin/true)" "$folder/flooded"
# It writes no files itself.
"$agent" host-watch <"$folder/stdin" > >(exec cat >"$folder/told") & watcher=$!
exec 3>"$folder/stdin"
echo "{\"programs\":[[\"flooding\"]],\"failures\":false,\"folders\":[[\"$folder/listed\"]]}" >&3
until grep -q after-which "$folder/told"; do   # it listens
  "$folder/flooding" -c 'sleep 0.2; : after-which'
done
sleep 2   # what it was told of that is told, too
skip=$(wc -l <"$folder/told")
before=$(used "$watcher"); begin=$(date +%s%N)
"$folder/flooding" -c "i=0; while [ \$i -lt $starts ]; do $folder/flooded; i=\$((i+1)); done" &
programs=$!
python3 - "$folder/listed" "$((files / 2))" <<'P'
import os, sys
for number in range(int(sys.argv[2])):
    path = f"{sys.argv[1]}/{number}"
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY)); os.unlink(path)
P
wait "$programs"
seconds=$(awk -v ns="$(($(date +%s%N) - begin))" 'BEGIN { printf "%.1f", ns / 1e9 }')
sleep 3; during=$(($(used "$watcher") - before))
rest=$(used "$watcher"); sleep 10; rest=$(($(used "$watcher") - rest))
tail -n "+$((skip + 1))" "$folder/told" >"$folder/flood"
count() { grep -c "$1" "$folder/flood" || true; }
echo "flood: $seconds s; the watching process used $during ms for it, and $rest ms in the 10 s afterwards"
echo "programs: started $(count '"started"') of $((starts + 1)), ended $(count '"ended"'); messages lost: $(grep -o '"lost":[0-9]*' "$folder/flood" | awk -F: '{ sum += $2 } END { print sum + 0 }')"
echo "files: created $(count '"created"') of $((files / 2)), deleted $(count '"deleted"') of $((files / 2)); overflows: $(count '"file":"lost"')"
