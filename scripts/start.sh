#!/usr/bin/env bash
# Sets up, builds and serves the page; prints its address.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bash scripts/build.sh
exec npx vite preview
