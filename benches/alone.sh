# Sourced by scripts that measure an agent without a server: a folder of their own, a display, an enrolled machine, and an end that leaves
# nothing behind. Sets agent, folder, started.
agent=${KINESCOPE_AGENT:-${CARGO_TARGET_DIR:-target}/release/kinescope-agent}
[ -x "$agent" ] || { echo "$(basename "$0"): $agent is not built: cargo build --release -p agent" >&2; exit 2; }
folder=$(mktemp -d); chmod 711 "$folder"
started=()
stop_all() { local pid; for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null || true; rm -rf "$folder"; }
trap stop_all EXIT

ticks=$(getconf CLK_TCK)
# Processor milliseconds that processes and their threads have used.
used() { local pid; for pid in "$@"; do sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null || true; done | awk -v ticks="$ticks" '{ sum += ($12 + $13) * 1000 / ticks } END { printf "%d", sum }'; }
# A process and everything that it started.
all_of() { local child; echo "$1"; for child in $(pgrep -P "$1" || true); do all_of "$child"; done; }

# An X server with a window manager. Sets display and xserver.
open_display() { # SIZE
  : >"$folder/display"
  Xvfb -displayfd 3 -screen 0 "$1x24" -ac -nolisten tcp 3>"$folder/display" 2>/dev/null & xserver=$!
  started+=("$xserver")
  until [ -s "$folder/display" ]; do sleep 0.1; done
  display=:$(cat "$folder/display")
  DISPLAY=$display openbox >/dev/null 2>&1 & started+=($!)
}

# A session's bus, and a Chromium that says its pages.
open_bus() {
  DBUS_SESSION_BUS_ADDRESS=$(dbus-daemon --session --nosyslog --fork --print-address=1 --print-pid=3 3>"$folder/bus"); export DBUS_SESSION_BUS_ADDRESS
  started+=("$(cat "$folder/bus")")
  mkdir "$folder/bin"; printf '#!/bin/sh\nexec %s --force-renderer-accessibility "$@"\n' "$(command -v chromium)" >"$folder/bin/chromium"
  chmod +x "$folder/bin/chromium"; PATH=$folder/bin:$PATH
}

# An agent of a machine that is enrolled at a server that nobody runs: what it records stays in $folder/NAME/spool. Sets agent_pid.
start_agent() { # NAME EVENTS
  local state=$folder/$1
  mkdir -p "$state/identity"; chmod 700 "$state" "$state/identity"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=machine \
    -keyout "$state/identity/key.pem" -out "$state/identity/certificate.pem" 2>/dev/null
  cp "$state/identity/certificate.pem" "$state/identity/authority.pem"
  printf '{"server":"https://127.0.0.1:1","machine_id":"m-1","server_certificate":"%064d"}' 0 >"$state/identity/identity.json"
  chmod 600 "$state"/identity/*
  cat >"$folder/$1.toml" <<TOML
state_folder = "$state"
socket = "$state/socket"
displays = [{ name = "$display" }]
scan_seconds = 1
record_without_policy = true
events = { $2 }
TOML
  "$agent" run --config "$folder/$1.toml" >/dev/null 2>"$folder/$1.log" & agent_pid=$!; started+=("$agent_pid")
  until [ -d "$state/spool" ]; do
    kill -0 "$agent_pid" 2>/dev/null || { cat "$folder/$1.log" >&2; exit 1; }
    sleep 0.1
  done
}

# Has an agent to be started tell users that they are recorded: only then is told what is typed.
with_notice() { # NAME
  mkdir -p "$folder/$1"; printf 'record-with-notice\n\n{"consent":false}' >"$folder/$1/policy"
}

# Closes the notice as its user does, and waits until somebody looks at what is typed, where that is wanted.
close_notice() { # EVENTS
  local tries=100
  until DISPLAY=$display timeout 10 xdotool search --sync --onlyvisible --name 'Kinescope' windowactivate --sync key Return >/dev/null 2>&1; do
    tries=$((tries - 1)); [ "$tries" -gt 0 ] || { echo "no notice came" >&2; exit 1; }
  done
  case $1 in *keystrokes*) until pgrep -P "$agent_pid" -f 'kinescope-agent typed-watch' >/dev/null; do
    tries=$((tries - 1)); [ "$tries" -gt 0 ] || { echo "nobody looks at what is typed" >&2; exit 1; }
    sleep 0.3
  done ;; esac
}

# Settings by which all is told that can be.
everything() { # HOME
  printf 'idle = true, topmost_window = true, clipboard = true, clipboard_content = true, not_responding = true, popups = true, popup_words = true, '
  printf 'pages = true, performance = true, programs = ["xterm", "vim"], program_ends = true, program_failures = true, folders = ["/etc", "%s"], ' "$1"
  printf 'configuration = ["/etc", "dconf:/"], accounts = true, packages = true, connections = true, usb_storage = true, printing = true, printing_copies = true, '
  printf 'client_drives = true, transfers = true, keystrokes = true'
}

# What was told: a line for each event of the recordings in the spool. Events stand in them as they are.
told() { grep -aohE '\{"kind":"[a-z-]+"(,"fields":\{[^}]*\})?\}' -r "$folder/$1/spool" 2>/dev/null || true; }
# How many of each kind, those that only a count stands for included.
told_kinds() { told "$1" | sed -nE 's/^\{"kind":"([a-z-]+)".*/\1 &/p' | sed -E 's/^([a-z-]+) .*"count":([0-9]+).*/\1 \2/; t; s/^([a-z-]+) .*/\1 1/' | awk '{ of[$1] += $2 } END { for (kind in of) print kind, of[kind] }' | sort; }
