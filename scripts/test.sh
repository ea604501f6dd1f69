#!/usr/bin/env bash
# Runs every test there is. What `make test` and the CI call.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install-debian-packages.sh
scripts/install-node-packages.sh
scripts/install-python-packages.sh interop
scripts/install-s3s-fs.sh
scripts/build-dashboard.sh
npm --prefix dashboard run --silent check

# Not all at once: cargo unites features over what it builds together, and the demo switches off certificate checks.
# So the product's tests run on the product's own dependencies, and the demo's on the demo's.
scripts/with-postgres.sh cargo test --locked --workspace --exclude linekeeper-demo
# The build script of waproto 0.7.0 watches a file that it writes itself: without this the next command would build
# everything above it a second time.
touch --date=@0 "$(scripts/target-dir.sh)"/debug/build/waproto-*/out/whatsapp.local.desc
# The API once more, with PostgreSQL behind it. The same packages as above, so that nothing is built anew; of their tests
# only the server's ask for a database by this name.
suite=$(cargo test --locked --workspace --exclude linekeeper-demo --test it --no-run --message-format=json |
  python3 -c 'import json, sys
built = [json.loads(line) for line in sys.stdin]
(suite,) = [one["executable"] for one in built if one.get("executable")
            and one["target"]["kind"] == ["test"] and "/crates/server/" in one["manifest_path"]]
print(suite)')
(cd crates/server && TEST_DATABASE=postgres ../../scripts/with-postgres.sh "$suite")
scripts/with-postgres.sh cargo test --locked --package linekeeper-demo

scripts/check-release-guard.sh
scripts/check-contract.sh

# The first command of this script built both programs.
WHATSIM_BIN="$(scripts/target-dir.sh)/debug/whatsim"
export WHATSIM_BIN
npm --prefix interop test

LINEKEEPER_BIN="$(scripts/target-dir.sh)/debug/linekeeper"
LINEKEEPER_DEMO_BIN="$(scripts/target-dir.sh)/debug/linekeeper-demo"
export LINEKEEPER_BIN LINEKEEPER_DEMO_BIN
npm --prefix browser test
