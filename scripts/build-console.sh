#!/usr/bin/env bash
# Builds the web console into web/apps/console/dist, from where the server's build takes it in.
set -eu
cd "$(dirname "$0")/../web"
stamp=node_modules/.installed-for
lock=$(sha256sum package-lock.json | cut -d' ' -f1)
if [ "$(cat "$stamp" 2>/dev/null || true)" != "$lock" ]; then
  echo "== installing npm packages"
  npm ci --no-audit --no-fund --loglevel=error
  echo "$lock" > "$stamp"
fi
echo "== building the console"
npm run --silent build
