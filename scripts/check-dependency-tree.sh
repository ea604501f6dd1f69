#!/usr/bin/env bash
# The product may not contain a feature that switches off WhatsApp's certificate checks. The same look at the demo,
# which has it, shows that this one can fail.
set -euo pipefail
cd "$(dirname "$0")/.."

dangers() {
  cargo tree --locked --package "$1" --edges normal,build,features --target all --prefix none |
    { grep -E '"danger-' || true; } | sort -u
}

found=$(dangers linekeeper)
if [ -n "$found" ]; then
  printf 'linekeeper would be built with:\n%s\n' "$found" >&2
  exit 1
fi
[ -n "$(dangers linekeeper-demo)" ] || { echo "this guard no longer finds the feature in the demo" >&2; exit 1; }
echo "certificate checks: on in linekeeper, off in linekeeper-demo alone"
