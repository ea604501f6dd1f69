#!/usr/bin/env bash
# Installs what the Python samples of docs/INTEGRATION.md need into interop/.venv, exactly as interop/requirements.txt says, unless it is there.
set -euo pipefail
cd "$(dirname "$0")/../interop"

stamp=.venv/.installed-from
wanted=$(sha256sum requirements.txt)
[ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] || exit 0
python3 -m venv .venv || { echo "needs Python 3.10 or newer with venv (Debian: python3-venv)" >&2; exit 1; }
.venv/bin/pip install --quiet --disable-pip-version-check --no-deps --requirement requirements.txt
echo "$wanted" >"$stamp"
