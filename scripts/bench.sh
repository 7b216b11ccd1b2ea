#!/usr/bin/env bash
# Measures storeimg against its rivals and writes bench/results.md; bench/README.md says how.
#   npm run bench [-- CASE…]   only these cases
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

need_npm
need_debian nix-bin faketime chromium mount genext2fs bzip2 lz4 xz-utils zstd
bash scripts/build-wasm.sh
bash scripts/build-wasm.sh --native
bash scripts/build.sh

exec node bench/run.js "$@"
