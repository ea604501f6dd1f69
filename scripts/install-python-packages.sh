#!/usr/bin/env bash
# Installs the Python packages of the folders that are named into a .venv in each, exactly as their requirements.txt say, unless
# they are there already.
set -euo pipefail
cd "$(dirname "$0")/.."

for folder in "$@"; do
  stamp=$folder/.venv/.installed-from
  wanted=$(sha256sum "$folder/requirements.txt")
  [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] || continue
  python3 -m venv "$folder/.venv" || { echo "needs Python 3.10 or newer with venv (Debian: python3-venv)" >&2; exit 1; }
  "$folder/.venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement "$folder/requirements.txt"
  echo "$wanted" >"$stamp"
done
