#!/usr/bin/env bash
# Installs the packages of interop/ exactly as its lock file says, unless they are there already.
set -euo pipefail
cd "$(dirname "$0")/../interop"

command -v npm >/dev/null || { echo "needs Node 20 or newer, with npm" >&2; exit 1; }
stamp=node_modules/.installed-from
wanted=$(sha256sum package-lock.json)
[ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] || exit 0
npm ci --no-audit --no-fund
echo "$wanted" >"$stamp"
