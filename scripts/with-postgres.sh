#!/usr/bin/env bash
# Runs a command with a PostgreSQL server of its own: `scripts/with-postgres.sh cargo test -p linekeeper-storage`.
# The server lives on a free port in a temporary folder, is named by LINEKEEPER_TEST_POSTGRES, and ends with this
# script, however that ends. Where LINEKEEPER_TEST_POSTGRES is set already, that server is used.
set -euo pipefail

[ $# -gt 0 ] || { echo "usage: $0 COMMAND [ARGUMENT]..." >&2; exit 64; }
[ -z "${LINEKEEPER_TEST_POSTGRES:-}" ] || exec "$@"

bin=$("$(dirname "$0")/postgres-bin.sh")
home=$(mktemp -d "${TMPDIR:-/tmp}/linekeeper-postgres.XXXXXX")
server=

stop() {
  if [ -n "$server" ] && kill -INT "$server" 2>/dev/null; then
    # A fast shutdown; a server that does not obey within ten seconds is told to abort.
    ( for _ in $(seq 100); do kill -0 "$server" 2>/dev/null || exit 0; sleep 0.1; done
      kill -QUIT "$server" 2>/dev/null ) &
    wait "$server" 2>/dev/null || true
    wait
  fi
  rm -rf "$home"
}
trap stop EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# PostgreSQL refuses to run as root.
as_user=()
if [ "$(id -u)" -eq 0 ]; then
  user=nobody
  ! id postgres >/dev/null 2>&1 || user=postgres
  as_user=(setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups)
  chown "$user" "$home"
fi

password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
echo "$password" > "$home/password"
chmod 644 "$home/password" # only its owner can enter the folder
# In its own folder: the one that we are in may be closed to that user.
(cd "$home" && "${as_user[@]}" "$bin/initdb" --pgdata="$home/data" --username=linekeeper \
  --pwfile="$home/password" --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --no-sync) \
  >"$home/initdb.log" 2>&1 || { cat "$home/initdb.log" >&2; exit 1; }

start() {
  # The death signal stops the server even when this script is killed with -9. No fsync: the data is thrown away.
  (cd "$home" && exec "${as_user[@]}" setpriv --pdeathsig INT -- "$bin/postgres" -D "$home/data" \
    -h 127.0.0.1 -p "$1" -c unix_socket_directories="$home" -c max_connections=900 -c shared_buffers=64MB \
    -c fsync=off -c full_page_writes=off -c synchronous_commit=off) </dev/null >"$home/postgres.log" 2>&1 &
  server=$!
  for _ in $(seq 300); do
    kill -0 "$server" 2>/dev/null || { wait "$server" || true; server=; return 1; }
    ! "$bin/pg_isready" -q -h 127.0.0.1 -p "$1" -d postgres || return 0
    sleep 0.1
  done
  echo "PostgreSQL did not answer within 30 s" >&2
  return 1
}

port=
for _ in $(seq 10); do
  candidate=$((20000 + RANDOM % 12000))
  # A port that answers belongs to somebody else, and would answer in our server's place.
  if ! (exec 3<>"/dev/tcp/127.0.0.1/$candidate") 2>/dev/null && start "$candidate"; then
    port=$candidate
    break
  fi
  [ -z "$server" ] || break
done
[ -n "$port" ] || { cat "$home/postgres.log" >&2; echo "PostgreSQL did not start" >&2; exit 1; }

export LINEKEEPER_TEST_POSTGRES="postgres://linekeeper:$password@127.0.0.1:$port/postgres"
status=0
"$@" || status=$?
exit "$status"
