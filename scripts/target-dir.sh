#!/usr/bin/env bash
# Prints the folder that cargo builds into, wherever CARGO_TARGET_DIR or cargo's configuration puts it.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo metadata --format-version 1 --no-deps --locked | sed -E 's/.*"target_directory":"([^"]*)".*/\1/'
