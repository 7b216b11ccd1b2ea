#!/usr/bin/env bash
# Installs and builds what the tests need, then runs them. Arguments go to vitest: npm test -- test/cli
# The last line says how many tests passed, failed and were skipped. A tool that is missing is a failure, not a skip.
trap 'echo "0 passed, 1 failed, 0 skipped"' EXIT
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

need_npm
# Real Nix makes the closures, native e2fsprogs gets a clock that stands still, real browsers open the page.
# GRUB and 7-Zip read images of their own accord.
need_debian nix-bin faketime chromium firefox-esr webkit2gtk-driver xvfb mount perl-base python3 util-linux bzip2 lz4 xz-utils zstd git
need_debian grub-common 7zip fdisk gdisk bmap-tools dosfstools mtools
# A virtual machine boots what the page makes.
need_debian qemu-system-x86 linux-image-cloud-amd64 initramfs-tools cpio busybox-static u-boot-qemu
# Tars, those with extended attributes among them, are made by bsdtar, too; by busybox-static's tar, git and Python,
# which has a collection of odd ones, as has Go's tar, of which tar-split has a copy.
need_debian attr acl libarchive-tools libpython3.11-testsuite golang-github-vbatts-tar-split-dev
bash scripts/build-wasm.sh
bash scripts/build-wasm.sh --native
bash scripts/build-wasm.sh --upstream
bash scripts/build.sh

exec npx vitest run "$@"
