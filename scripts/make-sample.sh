#!/usr/bin/env bash
# Makes the closure behind the page's "Try a sample" with real Nix, from scripts/sample.nix:
#   web/public/sample/store.tar        tar of the closure
#   web/public/sample/closure-sample   its manifest, from exportReferencesGraph
# Does nothing when both are there and newer than what they are made from. Needs root: the store must be at /nix/store,
# and is mounted there in a namespace of its own, so that the machine's own store is left alone.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

out=$PWD/web/public/sample
# The archive comes last, so its time stands for both.
if [ -e "$out/closure-sample" ] && [ "$out/store.tar" -nt scripts/make-sample.sh ] &&
  [ "$out/store.tar" -nt scripts/sample.nix ]; then exit; fi

need_debian nix-bin
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
mkdir -p "$work/nix" "$out" /nix
cp scripts/sample.nix "$work"

unshare --mount --propagation private bash -euo pipefail -s -- "$work" <<'NAMESPACE'
mount --bind "$1/nix" /nix
cd "$1"
export NIX_CONFIG=$'build-users-group =\nsandbox = false\nsubstitute = false' HOME=$1 NIX_REMOTE=
unset NIX_PATH NIX_STORE_DIR NIX_STATE_DIR
# Nix 2.8 now and then kills a very short builder; what is built already stays.
for attempt in 1 2 3 4 5; do
  made=$(nix-build sample.nix --no-out-link 2>log) && break
  [ "$attempt" != 5 ] || { cat log >&2; exit 1; }
done
install -m 644 "$made/closure-sample" .
# Nothing of when or by whom: the same tar everywhere.
tar --create --file store.tar --directory / --sort=name --mtime=@1 --owner=0 --group=0 --numeric-owner \
  $(nix-store -qR "$(cat "$made/root")" | sed 's,^/,,')
NAMESPACE
mv "$work/closure-sample" "$work/store.tar" "$out"
