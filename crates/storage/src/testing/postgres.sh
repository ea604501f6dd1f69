# Starts a throw-away PostgreSQL in directory $2 with the binaries in $1, says "ready", and runs until standard
# input closes. It listens on a socket in that directory alone, and does not wait for the disk.
binaries=$1
directory=$2

# PostgreSQL refuses to run as root.
as_owner() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid=postgres --regid=postgres --clear-groups -- "$@"
    else
        "$@"
    fi
}

stop() {
    as_owner "$binaries/pg_ctl" -D "$directory/data" -m immediate stop >/dev/null 2>&1
    rm -rf "$directory"
}
trap stop EXIT
trap 'exit 1' HUP INT TERM

[ "$(id -u)" = 0 ] && chown postgres "$directory"
cd "$directory" || exit 1
as_owner "$binaries/initdb" -D "$directory/data" -U postgres -A trust -E UTF8 --no-locale --no-sync \
    >"$directory/log" 2>&1 || { cat "$directory/log"; exit 1; }
as_owner "$binaries/pg_ctl" -D "$directory/data" -l "$directory/data/log" -w start \
    -o "-k '$directory' -c listen_addresses='' -c fsync=off -c max_connections=200" \
    >"$directory/log" 2>&1 || { cat "$directory/log" "$directory/data/log"; exit 1; }
echo ready
exec >/dev/null
cat >/dev/null
