/** A virtual machine with Debian's cloud kernel, in software: what it says on its serial line until it is switched off. */
import { readdirSync } from 'node:fs';
import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { outcome, run } from '../fixtures/process.ts';

/** Debian's initramfs moves its mounts to these folders; an image of store paths has only the store. */
const MAKE_MOUNT_POINTS = `#!/bin/sh
[ "$1" != prereqs ] || exit 0
mount -o remount,rw "$rootmnt"
mkdir -p "$rootmnt/dev" "$rootmnt/proc" "$rootmnt/run" "$rootmnt/sys"
`;

/** Seconds until a machine that says nothing more is switched off. */
const PATIENCE = 400;

export interface Machine {
  /** The disk; boot writes to it. */
  readonly drive: string;
  /** Bytes that the drive is made to have before. */
  readonly driveBytes: number;
  /** As the kernel's `root=` and `init=`. */
  readonly root: string;
  readonly init: string;
}

/** @param folder for what the machine is started from */
export async function boot({ drive, driveBytes, root, init }: Machine, folder: string): Promise<string> {
  await truncate(drive, driveBytes);
  const version = readdirSync('/boot').flatMap((name) => /^vmlinuz-(.*-cloud-amd64)$/.exec(name)?.[1] ?? []);
  const kernel = version.sort().at(-1);
  if (!kernel) throw new Error('no kernel in /boot: install linux-image-cloud-amd64');
  const initramfs = join(folder, 'initramfs');
  await writeFile(initramfs, await initramfsOf(kernel, folder));
  const { stdout, stderr } = await outcome('timeout', [
    `${PATIENCE}`,
    'qemu-system-x86_64',
    ...['-accel', 'tcg', '-m', '512', '-nographic', '-no-reboot', '-nic', 'none'],
    ...['-kernel', `/boot/vmlinuz-${kernel}`, '-initrd', initramfs],
    ...['-append', `console=ttyS0 quiet panic=-1 root=${root} init=${init}`],
    ...['-drive', `file=${drive},if=virtio,format=raw,cache=unsafe`],
  ]);
  return `${stdout}${stderr}`;
}

/** Debian's own, and behind it an archive with one script more. */
async function initramfsOf(kernel: string, folder: string): Promise<Uint8Array> {
  const scripts = join(folder, 'initramfs.d/scripts/local-bottom');
  await mkdir(scripts, { recursive: true });
  await writeFile(join(scripts, 'mount-points'), MAKE_MOUNT_POINTS, { mode: 0o755 });
  await writeFile(join(scripts, 'ORDER'), '/scripts/local-bottom/mount-points "$@"\n');
  const names = 'scripts\nscripts/local-bottom\nscripts/local-bottom/mount-points\nscripts/local-bottom/ORDER\n';
  const cwd = join(folder, 'initramfs.d');
  const more = await run('cpio', ['--create', '--format=newc', '--quiet'], { cwd, input: names });
  const own = await readFile(`/boot/initrd.img-${kernel}`);
  return Buffer.concat([own, Buffer.alloc((4 - (own.length % 4)) % 4), more]);
}
