#!/usr/bin/env bash
# Pictures of every state of the page, in light and dark, wide and narrow: build/screenshots, or the folder given.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
out=$(realpath -m "${1:-build/screenshots}")
mkdir -p "$out"
SCREENSHOTS=$out bash scripts/test.sh test/web/{states,rare-states,notices}.test.ts
echo "$out"
