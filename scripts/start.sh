#!/usr/bin/env bash
# Sets up, builds and serves the page; prints its address.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
set -euo pipefail
bash scripts/build.sh
exec npx vite preview
