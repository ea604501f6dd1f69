#!/usr/bin/env bash
# Builds the product by itself, as it is shipped, and starts it: `linekeeper serve` proves at start that it checks
# WhatsApp's certificate, answers, and ends cleanly. Built with that check switched off, it must refuse to.
set -euo pipefail
cd "$(dirname "$0")/.."

program="$(scripts/target-dir.sh)/debug/linekeeper"
home=$(mktemp -d "${TMPDIR:-/tmp}/linekeeper-guard.XXXXXX")
server=

finish() {
  [ -z "$server" ] || kill -KILL "$server" 2>/dev/null || true
  rm -rf "$home"
}
trap finish EXIT

serve() {
  # Nothing of the caller's own configuration, and no WhatsApp but a closed port of this machine.
  cd "$home"
  exec env -i PATH="$PATH" LINEKEEPER_LISTEN="127.0.0.1:$1" LINEKEEPER_DATA_DIR="$home/data" \
    WHATSAPP_ENDPOINT=ws://127.0.0.1:9/ws/chat "$program" serve
}

free_port() {
  local port
  while port=$((32000 + RANDOM % 700)); (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
  echo "$port"
}

# Built beside the demo, the product gets the demo's features: the accident that it must notice. As the tests build it, so
# that little is built anew.
cargo test --locked --quiet --no-run --package linekeeper-demo
accident="$(dirname "$program")/examples/product"
status=0
timeout 20 bash -c "$(declare -f serve); home='$home' program='$accident' serve $(free_port)" >"$home/log" 2>&1 || status=$?
if [ "$status" -eq 0 ] || [ "$status" -eq 124 ] || ! grep -qi certificate "$home/log"; then
  echo "a build without the certificate check started, or failed for another reason ($status):" >&2
  cat "$home/log" >&2
  exit 1
fi
echo "without the certificate check: refuses to start"

cargo test --locked --quiet --no-run --workspace --exclude linekeeper-demo
port=$(free_port)
serve "$port" >"$home/log" 2>&1 &
server=$!
for _ in $(seq 100); do
  answer=$(curl -fsS -m 2 "http://127.0.0.1:$port/healthz" 2>/dev/null) && break
  kill -0 "$server" 2>/dev/null || break
  sleep 0.1
done
[ -n "${answer:-}" ] || { echo "linekeeper did not answer:" >&2; cat "$home/log" >&2; exit 1; }
kill -TERM "$server"
status=0
wait "$server" || status=$?
server=
[ "$status" -eq 0 ] || { echo "linekeeper ended with $status:" >&2; cat "$home/log" >&2; exit 1; }
echo "with the certificate check: starts, answers, ends cleanly"
