#!/usr/bin/env bash
# Everything that is served or run: the WebAssembly programs, the command line (build/), the page (dist/).
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

need_npm
bash scripts/build-wasm.sh
bash scripts/build-codecs.sh
bash scripts/make-sample.sh
npx tsc -b src/node

# Licences and sources, as a page that is shipped like any other.
{
  echo '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>storeimg: notices</title><pre>'
  sed 's/&/\&amp;/g; s/</\&lt;/g' THIRD-PARTY-NOTICES.md LICENSE
  echo '</pre></html>'
} > web/public/notices.html

# The page is built again when anything that it is made of has changed.
inputs=(web src/core wasm/dist wasm/codecs/dist wasm/mke2fs.conf package.json package-lock.json vite.config.ts scripts/build.sh)
key=$(find "${inputs[@]}" -type f -printf '%p\0' | sort -z | xargs -0 sha256sum | sha256sum | cut -d ' ' -f 1)
if [ "$(cat dist/.key 2>/dev/null)" != "$key" ]; then
  npx vite build --logLevel warn
  echo "$key" > dist/.key
fi
node scripts/sizes.js
