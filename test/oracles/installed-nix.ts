/** Real Nix on the mounted image, as at first boot: loads the image's own registration and verifies every path. */
import { run } from '../fixtures/process.ts';

/**
 * Mounts an image read-only with an overlay above it, puts its `/nix` where Nix looks for it, loads the registration
 * that lies in it, and runs a shell script there; returns what that prints.
 */
async function runInstalled(image: string, script: string): Promise<string> {
  const around = `set -eu
unset NIX_STATE_DIR NIX_STORE_DIR
work=$(mktemp -d)
trap 'cd /; umount -R "$work"; rmdir "$work"' EXIT
mount -t tmpfs tmpfs "$work"
mkdir -p "$work/lower" "$work/upper" "$work/ovl" "$work/root" /nix
mount -o loop,ro "$1" "$work/lower"
mount -t overlay overlay -o "lowerdir=$work/lower,upperdir=$work/upper,workdir=$work/ovl" "$work/root"
mount --bind "$work/root/nix" /nix
nix-store --load-db < "$work/root/nix-path-registration"
${script}
umount /nix
`;
  const env = { NIX_REMOTE: '', NIX_CONFIG: 'build-users-group =' };
  return (
    await run('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', around, 'sh', image], { env })
  ).toString();
}

/** What `nix-store --verify-path` and `--verify --check-contents` find wrong; '' is nothing. */
export function verifyInstalled(image: string): Promise<string> {
  return runInstalled(
    image,
    `nix-store --verify-path /nix/store/* 2>&1 || true
nix-store --verify --check-contents 2>&1 | grep -v -e '^reading the Nix store' -e '^checking ' || true
test "$(nix-store --dump-db | grep -c -x '/nix/store/[^/]*' )" -gt 0`,
  );
}

/** The store paths that are left after a garbage collection. */
export async function collectGarbage(image: string): Promise<string[]> {
  const left = await runInstalled(image, 'nix-store --gc >/dev/null 2>&1\nls -d /nix/store/*-*');
  return left.trim().split('\n');
}
