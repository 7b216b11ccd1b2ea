#!/usr/bin/env bash
# Everything that is served or run: the WebAssembly programs, the command line (build/), the page (dist/).
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

need_npm
bash scripts/build-wasm.sh
bash scripts/build-codecs.sh
bash scripts/make-sample.sh
npx tsc -b src/node

node scripts/notices.js

# The page is built again when anything that it is made of has changed.
inputs=(web src/core wasm/dist wasm/codecs/dist wasm/mke2fs.conf package.json package-lock.json vite.config.ts scripts/build.sh)
key=$(find "${inputs[@]}" -type f -printf '%p\0' | sort -z | xargs -0 sha256sum | sha256sum | cut -d ' ' -f 1)
if [ "$(cat dist/.key 2>/dev/null)" != "$key" ]; then
  npx vite build --logLevel warn
  echo "$key" > dist/.key
fi

# What this is the exact source of lies beside it, made after the copy for use without a network: all files that Git would
# not ignore, whether or not this is a clone.
need_debian git
repository=$(mktemp -d)
trap 'rm -rf "$repository"' EXIT
git init -q --bare "$repository"
version=$(node -p 'require("./package.json").version')
git --git-dir="$repository" --work-tree=. ls-files --others --exclude-standard |
  tar -c -T - --transform "s,^,storeimg-$version/," --mtime=@1 --owner=0 --group=0 \
    --numeric-owner --mode=u=rwX,go=rX --format=ustar | gzip -n9 > "dist/storeimg-$version-source.tar.gz"
node scripts/sizes.js
