#!/usr/bin/env bash
# What it costs to detect all that can be detected on a desktop: the same scripted work is recorded, first with nothing detected, then
# with everything. Its user is told of the recording in both passes. The processes that look at the display and ask programs what they
# show are counted by the scheduler's own clock; the agent and the X server by what they use more with it than without. Chromium says its
# pages in both passes; what that costs it is not counted. Two passes of the same work differ by a few per cent of what the X server
# does, so that a difference there may be chance, and a negative one counts as nothing.
# usage: detectors.sh    variables: KINESCOPE_WORKLOAD (default ../shared/workload/desk.sh, else benches/desk.sh), SIZE, PACE (default human;
# fast: something happens all the time)
set -eu
here=$(cd "$(dirname "$0")" && pwd); cd "$here/.."
. benches/alone.sh
work=${KINESCOPE_WORKLOAD:-../shared/workload/desk.sh}; [ -e "$work" ] || work=benches/desk.sh
size=${SIZE:-1920x1080}; pace=${PACE:-human}

# The same for a process that is still there, in microseconds.
used_us() { cat "/proc/$1/task/"*/schedstat | awk '{ sum += $1 } END { printf "%d", sum / 1000 }'; }

open_bus
# Where settings are kept: what looks at the machine begins anew when it appears.
mkdir -p "$HOME/.config/dconf"

# Of each process that looks at something: what it has used, in microseconds.
parts="desktop-watch host-watch ssh-watch copy-watch accessibility-watch typed-watch"
part() { pgrep -P "$agent_pid" -f "kinescope-agent $1" || true; }

declare -A part_us part_kib
pass() { # NAME EVENTS: sets seconds, agent_ms, x_ms, part_us, part_kib
  local name=$1 begin x0 a0 one pid; local -A pids before
  mkdir -p "$folder/home"
  open_display "$size"
  with_notice "$name"
  start_agent "$name" "$2"
  close_notice "$2"
  sleep 5
  for one in $parts; do pids[$one]=$(part "$one"); before[$one]=$([ -z "${pids[$one]}" ] || used_us "${pids[$one]}"); done
  a0=$(used "$agent_pid"); x0=$(used "$xserver"); begin=$SECONDS
  # Ordinary work copies something now and then.
  (n=0; while sleep 15; do n=$((n + 1)); echo "copy $n" | DISPLAY=$display timeout 14 xclip -quiet -selection clipboard >/dev/null 2>&1 || true; done) & local copies=$!; started+=("$copies")
  TMPDIR=$folder/home bash "$work" "$display" "$pace" >/dev/null 2>&1 || true
  seconds=$((SECONDS - begin)); agent_ms=$(($(used "$agent_pid") - a0)); x_ms=$(($(used "$xserver") - x0))
  for one in $parts; do
    pid=${pids[$one]}; part_us[$one]=0
    [ -n "$pid" ] || continue
    [ -r "/proc/$pid/schedstat" ] || { echo "detectors.sh: $one has ended" >&2; tail -5 "$folder/$name.log" >&2; exit 1; }
    part_us[$one]=$(($(used_us "$pid") - ${before[$one]})); part_kib[$one]=$(awk '/^RssAnon/ { print $2 }' "/proc/$pid/status")
  done
  kill "$copies" "$agent_pid"; wait "$agent_pid" 2>/dev/null || true
  echo "== $name: $seconds s; agent $agent_ms ms, X server $x_ms ms$(for one in $parts; do printf ', %s %d ms' "$one" $((part_us[$one] / 1000)); done)"
  told_kinds "$name" | sed 's/^/  /'
  kill "$xserver"; wait "$xserver" 2>/dev/null || true
}
echo "== the same work twice: $work, $pace, $size"
pass nothing "idle = false"; a=$agent_ms; x=$x_ms
pass everything "$(everything "$folder/home")"
for one in $parts; do
  [ -n "${part_kib[$one]:-}" ] || { echo "detectors.sh: there is no $one" >&2; exit 1; }
  awk -v name="$one" -v us="${part_us[$one]}" -v kib="${part_kib[$one]}" -v s="$seconds" 'BEGIN { printf "== %s: %.2f ms/s, %d KiB of memory\n", name, us / 1000 / s, kib }'
done
awk -v parts="$((${part_us[*]/%/ +} 0))" -v a="$((agent_ms - a))" -v x="$((x_ms - x))" -v s="$seconds" 'BEGIN {
  if (a < 0) a = 0
  if (x < 0) x = 0
  share = (parts / 1000 + a) / s / 10
  printf "== %.2f %% of a core (required: at most 1 %%), the agent itself %.2f ms/s more; the X server %.2f ms/s more\n", share, a / s, x / s
  exit !(share <= 1)
}'
