#!/bin/bash
# Makes the closure of closure.nix with real Nix and prints the folder that it is in: store.tar, closure-system.
# Made once and kept in the cache, under a name that depends on these files and the packages. Needs root: the store must
# be at /nix/store, and is mounted there in a namespace of its own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

cache=${XDG_CACHE_HOME:-$HOME/.cache}/storeimg/fixtures
key=$({ cat closure.nix init make.sh; dpkg-query -W busybox-static nix-bin e2fsprogs fdisk util-linux libc6; } | sha256sum | cut -c 1-16)
folder=$cache/boot-$key
mkdir -p "$cache"
exec 3> "$cache/lock-boot"
flock 3
[ -d "$folder" ] && { echo "$folder"; exit; }

rm -rf "$cache/boot-"*
work=$folder.partial
mkdir -p "$work/nix/store" /nix
cp closure.nix init "$work"
unshare --mount --propagation private bash -euo pipefail -s -- "$work" >&2 <<'NAMESPACE'
mount --bind "$1/nix" /nix
cd "$1"
export NIX_CONFIG=$'build-users-group =\nsandbox = false\nsubstitute = false' HOME=$1 NIX_REMOTE=
unset NIX_PATH NIX_STORE_DIR NIX_STATE_DIR
# Nix 2.8 now and then kills a very short builder; what is built already stays.
for attempt in 1 2 3 4 5; do
  nix-build closure.nix --no-out-link > manifest 2> log && break
  [ "$attempt" != 5 ] || { cat log; exit 1; }
done
cp "$(cat manifest)/closure-system" .
chmod 644 closure-system
tar --create --file store.tar $(nix-store -qR $(grep -m 1 -- '-system$' closure-system))
NAMESPACE

chmod -R u+w "$work/nix"
( cd "$work" && rm -rf nix manifest log closure.nix init )
mv "$work" "$folder"
echo "$folder"
