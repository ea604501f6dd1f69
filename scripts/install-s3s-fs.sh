#!/usr/bin/env bash
# Installs s3s-fs when it is absent: an S3-compatible store that keeps files in a folder and checks signatures. The
# tests of backups and files need it. It is compiled, which takes a few minutes, once.
set -euo pipefail

command -v s3s-fs >/dev/null || [ -x "${CARGO_HOME:-$HOME/.cargo}/bin/s3s-fs" ] ||
  cargo install --locked --debug --features binary --version 0.14.1 s3s-fs
