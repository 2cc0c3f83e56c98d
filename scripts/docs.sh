#!/usr/bin/env bash
# Brings the generated parts of docs/commands.md up to date: how commands are called, and their flags.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo run --quiet -- manual --markdown docs/commands.md
