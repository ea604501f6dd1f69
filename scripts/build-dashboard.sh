#!/usr/bin/env bash
# Builds the dashboard into dashboard/dist, from where the server takes it. Does nothing where that is done already, and without
# Node: then the server holds the copy that is there, or says that it holds none.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v npm >/dev/null || ! node -e 'const [major, minor] = process.versions.node.split("."); process.exit(major > 20 || (major == 20 && minor >= 19) ? 0 : 1)'; then
  if [ -e dashboard/dist/app/index.html ]; then
    echo "no Node 20.19 or newer here: the dashboard is the copy in dashboard/dist" >&2
  else
    echo "no Node 20.19 or newer here: this build has no dashboard" >&2
  fi
  exit 0
fi

# What the build is made of, and whether it is built already.
sources=$(find dashboard -path dashboard/node_modules -prune -o -path dashboard/dist -prune -o -path dashboard/src/api/schema.ts -prune -o -type f -print | LC_ALL=C sort)
wanted=$(echo "$sources" | xargs sha256sum crates/server/tests/it/snapshots/openapi.json | sha256sum)
stamp=dashboard/dist/.built-from
if [ "$(cat $stamp 2>/dev/null)" = "$wanted" ] && [ -e dashboard/dist/app/index.html ]; then exit 0; fi

scripts/install-node-packages.sh dashboard
npm --prefix dashboard run --silent build
echo "$wanted" >$stamp
