#!/usr/bin/env bash
# Real programs and a real remote desktop, recorded exactly; then the console and the player in a real browser: against served
# files, against the whole demonstration, and every room of the console. Needs what scripts/test.sh builds before: programs, examples, console.
set -eu
cd "$(dirname "$0")/.."
export KINESCOPE_PROGRAMS=${CARGO_TARGET_DIR:-$PWD/target}/${PROFILE:-debug}

echo "-- recordings of real work and of a remote desktop, beside what the X server shows"
cargo test --quiet --locked -p e2e --test it -- --ignored --skip many_sessions --nocapture --test-threads=1
echo "-- the player, against kinescope play"
(cd web && npm run --silent e2e --workspace @kinescope/player)
echo "-- the demonstration, as a newcomer has it and at real work"
(cd web && npm run --silent e2e --workspace @kinescope/demonstration)

echo "-- every room of the console"
data=$(mktemp -d)
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
KINESCOPE_DATA=$data PORT=$port scripts/run.sh >"$data/said" 2>&1 &
demonstration=$!
trap 'kill -TERM $demonstration 2>/dev/null && wait $demonstration || true; rm -rf "$data"' EXIT
until grep -q "Recording display" "$data/said"; do
  kill -0 $demonstration 2>/dev/null || { cat "$data/said" >&2; exit 1; }
  sleep 0.2
done
export KINESCOPE_URL KINESCOPE_USER KINESCOPE_PASSWORD
KINESCOPE_URL=$(grep -o 'https://[^ ]*' "$data/said" | head -1)
KINESCOPE_USER=$(sed -n '/First login/s/.* user \([^ ]*\) .*/\1/p' "$data/said")
KINESCOPE_PASSWORD=$(sed -n '/First login/s/.* password \([^ ]*\) .*/\1/p' "$data/said")
(cd web && npm run --silent e2e)
