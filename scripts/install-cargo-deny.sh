#!/usr/bin/env bash
# Installs cargo-deny when it is absent. It is compiled, which takes a few minutes, once.
set -euo pipefail

command -v cargo-deny >/dev/null || [ -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo-deny" ] || cargo install --locked cargo-deny
