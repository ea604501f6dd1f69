#!/usr/bin/env bash
# Installs the Node packages of the folders that are named, or of all that have some, exactly as their lock files say, unless
# they are there already.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v npm >/dev/null || { echo "needs Node 20 or newer, with npm" >&2; exit 1; }
[ $# -gt 0 ] || set -- browser contract dashboard interop
for folder in "$@"; do
  stamp=$folder/node_modules/.installed-from
  wanted=$(sha256sum "$folder/package-lock.json")
  [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] || continue
  npm --prefix "$folder" ci --no-audit --no-fund
  echo "$wanted" >"$stamp"
done
