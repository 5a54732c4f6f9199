#!/usr/bin/env bash
# The console and the player in a real browser: against served files, and against the whole demonstration.
# Needs what scripts/test.sh builds before: programs, examples, console.
set -eu
cd "$(dirname "$0")/../web"
npm run --silent e2e --workspaces --if-present
