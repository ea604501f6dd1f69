#!/usr/bin/env bash
# Runs every test there is. What `make test` and the CI call.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install-debian-packages.sh
scripts/install-node-packages.sh
scripts/install-s3s-fs.sh

# Not all at once: cargo unites features over what it builds together, and the demo switches off certificate checks.
# So the product's tests run on the product's own dependencies, and the demo's on the demo's.
scripts/with-postgres.sh cargo test --locked --workspace --exclude linekeeper-demo
# The API once more, with PostgreSQL behind it. The same packages as above, so that nothing is built anew.
TEST_DATABASE=postgres scripts/with-postgres.sh \
  cargo test --locked --workspace --exclude linekeeper-demo --test it
scripts/with-postgres.sh cargo test --locked --package linekeeper-demo

scripts/check-release-guard.sh
scripts/check-contract.sh

# The first command of this script built both programs.
WHATSIM_BIN="$(scripts/target-dir.sh)/debug/whatsim"
export WHATSIM_BIN
npm --prefix interop test

LINEKEEPER_BIN="$(scripts/target-dir.sh)/debug/linekeeper"
export LINEKEEPER_BIN
npm --prefix browser test
