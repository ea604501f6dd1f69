#!/usr/bin/env bash
# Installs what the build and the tests need from Debian and do not find: a C compiler, PostgreSQL's server, two
# proxies, a clock that can be set, a browser, a mail server, two message brokers, ffmpeg, and Python for schemathesis. Changes nothing, and asks for no rights, where all are there.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
command -v cc >/dev/null || missing+=(gcc libc6-dev)
scripts/postgres-bin.sh >/dev/null 2>&1 || missing+=(postgresql)
command -v microsocks >/dev/null || missing+=(microsocks)
# Tinyproxy without the service that Debian's package of that name would start.
command -v tinyproxy >/dev/null || missing+=(tinyproxy-bin)
command -v faketime >/dev/null || missing+=(faketime)
command -v chromium >/dev/null || missing+=(chromium)
command -v python3 >/dev/null && python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
command -v curl >/dev/null || missing+=(curl)
command -v nats-server >/dev/null || missing+=(nats-server)
command -v jq >/dev/null || missing+=(jq)
command -v ffmpeg >/dev/null || missing+=(ffmpeg)
[ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || missing+=(rabbitmq-server)
/usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null || missing+=(python3-aiosmtpd)
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "needs: ${missing[*]} (install them, or run this as root)" >&2; exit 1; }
  as_root=(sudo)
fi
command -v apt-get >/dev/null || { echo "needs: ${missing[*]} (not Debian: install them by hand)" >&2; exit 1; }

echo "installing ${missing[*]}" >&2
# The tests start a server of their own; Debian's package must not start one beside it.
"${as_root[@]}" mkdir -p /etc/postgresql-common/createcluster.d
echo 'create_main_cluster = false' |
  "${as_root[@]}" tee /etc/postgresql-common/createcluster.d/no-main-cluster.conf >/dev/null
# Nor must the brokers' packages: a policy of ours says so while they are installed, where there is none.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod +x "$policy"
  trap '"${as_root[@]}" rm -f "$policy"' EXIT
fi
"${as_root[@]}" apt-get update -q
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
