#!/usr/bin/env bash
# Prints the folder that holds PostgreSQL's server programs: the newest of Debian's, or the one on the PATH.
set -euo pipefail

newest=$(find /usr/lib/postgresql -mindepth 3 -maxdepth 3 -path '*/bin/initdb' 2>/dev/null | sort -V | tail -n 1)
initdb=${newest:-$(command -v initdb || true)}
[ -n "$initdb" ] || { echo "PostgreSQL's server programs are not installed" >&2; exit 1; }
dirname "$(readlink -f "$initdb")"
