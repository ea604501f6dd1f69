#!/usr/bin/env bash
# Reads the API's document with a linter, and tries a running server against it with schemathesis: with an Owner's key, as an
# Owner who signed in, with a key that may only read, and as nobody. The server is the demo, so that accounts are linked to a simulated WhatsApp.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install-node-packages.sh
scripts/install-python-packages.sh contract

document=crates/server/tests/it/snapshots/openapi.json
node contract/swagger-ui.mjs --check
(cd contract && npx --no-install redocly lint --config redocly.yaml "../$document")

# As the tests build them: another choice of packages would unite other features, and build a hundred crates anew.
cargo test --locked --quiet --no-run --workspace --exclude linekeeper-demo
cargo test --locked --quiet --no-run --package linekeeper-demo
programs=$(scripts/target-dir.sh)/debug
folder=$(mktemp -d)
processes=()
finish() {
  for process in "${processes[@]}"; do kill "$process" 2>/dev/null || true; done
  wait
  rm -rf "$folder"
}
trap finish EXIT

# Waits until a process has said where it listens.
address_in() {
  for _ in $(seq 300); do
    grep -oE -m1 "$2" "$1" && return
    sleep 0.1
  done
  echo "nothing listens: $(cat "$1")" >&2
  return 1
}

"$programs/whatsim" serve --listen 127.0.0.1:0 >"$folder/whatsim.log" 2>&1 &
processes+=($!)
endpoint=$(address_in "$folder/whatsim.log" 'ws://[0-9.:]+/ws/chat')

export LINEKEEPER_DATA_DIR="$folder/data" LINEKEEPER_LISTEN=127.0.0.1:0 LINEKEEPER_LOG=warn
export WHATSAPP_ENDPOINT="$endpoint" WHATSAPP_MAX_CONNECTIONS=100000 WHATSAPP_MAX_PAIRINGS=100000
linekeeper() { (cd "$folder" && "$programs/linekeeper-demo" "$@"); }
linekeeper owner create --email owner@example.org --password-stdin <<<'correct horse battery' >/dev/null
owner=$(linekeeper api-key create --email owner@example.org --name contract)
(cd "$folder" && exec "$programs/linekeeper-demo" serve >"$folder/server.log" 2>&1) &
processes+=($!)
base=$(address_in "$folder/server.log" 'http://127\.0\.0\.1:[0-9]+')
reader=$(curl -sf "$base/api/v1/api-keys" -H "X-Api-Key: $owner" -H 'Content-Type: application/json' \
  -d '{"name":"reader","scopes":["whatsapp:read"]}' | sed -E 's/.*"key":"([^"]*)".*/\1/')

# $1 is who, the rest are options.
try_as() {
  local who=$1
  shift
  echo "as $who"
  (cd contract && PYTHONPATH=. .venv/bin/st --config-file schemathesis.toml run "$base/api/v1/openapi.json" \
    --url "$base" --no-color "$@")
}
# Keys as bearers: a header that a route does not name would not be left out where one is to be missing.
try_as "an Owner's key" --header "Authorization: Bearer $owner"
token=$(curl -sf "$base/api/v1/auth/sign-in" -H 'Content-Type: application/json' \
  -d '{"email":"owner@example.org","password":"correct horse battery"}' | sed -E 's/.*"accessToken":"([^"]*)".*/\1/')
# But for what would end this very sign-in in the middle.
try_as "an Owner who signed in" --header "Authorization: Bearer $token" --max-examples 20 \
  --include-path-regex '^/api/v1/(auth|members|invitations|workspaces)' --exclude-operation-id deleteWorkspace
try_as "somebody who may only read" --header "Authorization: Bearer $reader" --max-examples 10
# Nothing that is sent without a credential is read as far as its fields: what is tried of them is of no use here.
try_as "nobody" --max-examples 10 --phases examples,fuzzing

# Whatever came, the server has logged no error and is well.
curl -sf "$base/readyz" >/dev/null
if grep -E ' ERROR |panicked' "$folder/server.log"; then exit 1; fi
