#!/usr/bin/env bash
# Prints the figures of docs/benchmarks.md: bowline and kubectl alone, in turn, in one run.
#
# BOWLINE_KUBECTL   the kubectl to measure against, instead of the one found
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cargo bench --quiet -p bowline --bench follow
echo
cargo bench --quiet -p bowline --bench status
echo
cargo bench --quiet -p locate --bench sweep
echo
scripts/bench-config.py
echo
scripts/bench-everyday.py
