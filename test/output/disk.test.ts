/** Disks: sfdisk's own bytes, and what partition tools, loop devices and the kernel say of them. */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rmdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { layDisk } from '../../src/core/disk/index.ts';
import { build, plan, storeimg } from '../cli/storeimg.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { outcome, run } from '../fixtures/process.ts';
import { kinds, manifestOf } from '../fixtures/small-closures.ts';
import { file, packTree, unpack } from '../fixtures/tree.ts';
import { compareBytes, fsck, replay } from '../oracles/native.ts';

const folder = temporaryFolder();
const archive = join(folder, 'small.tar');
const MIB = 2 ** 20;
const UUID = '44444444-4444-4444-8888-88888888fffe';

beforeAll(async () => {
  await packTree(folder, 'small', { ...kinds, 'closure-small': file(manifestOf(kinds)) });
});

/** What sfdisk writes on an empty disk: the table at its beginning and end. */
async function sfdisk(script: string, bytes: number): Promise<Buffer> {
  const disk = join(folder, 'sfdisk.img');
  await writeFile(disk, '');
  await truncate(disk, bytes);
  await run('sfdisk', ['--quiet', '--no-reread', '--no-tell-kernel', disk], { input: script });
  return readFile(disk);
}

function bytesOf({ bytes, parts }: ReturnType<typeof layDisk>): Buffer {
  const disk = Buffer.alloc(bytes);
  for (const part of parts) disk.set(part.bytes, part.offset);
  return disk;
}

const firmware = { size: 30 * MIB, bytes: new Uint8Array(0) };

describe("sfdisk's bytes", () => {
  test('MBR: the script of nixpkgs’ sd-image', async () => {
    const disk = layDisk({ disk: 'mbr', uuid: UUID, label: 'NIXOS' }, 50 * MIB, firmware);
    const script = `label: dos
label-id: 0x2178694e
start=8M, size=${30 * 2048}, type=b
start=38M, type=83, bootable
`;
    expect(bytesOf(disk).equals(await sfdisk(script, disk.bytes))).toBe(true);
  });

  test('GPT: GUIDs that follow the UUID', async () => {
    const disk = layDisk({ disk: 'gpt', uuid: UUID, label: 'NIXØS' }, 50 * MIB, firmware);
    const script = `label: gpt
label-id: 44444444-4444-4444-8888-88888888FFFF
start=8M, size=30M, type=uefi, uuid=44444444-4444-4444-8888-888888890000, name=FIRMWARE
start=38M, size=50M, type=linux, uuid=44444444-4444-4444-8888-888888890001, name="NIXØS", attrs=LegacyBIOSBootable
`;
    expect(bytesOf(disk).equals(await sfdisk(script, disk.bytes))).toBe(true);
  });
});

test('an MBR can’t describe more than 2 TiB', () => {
  expect(() => layDisk({ disk: 'mbr', uuid: UUID, label: '' }, 2 ** 41, undefined)).toThrow('--disk gpt');
});

describe.each(['mbr', 'gpt'])('--disk %s', (kind) => {
  const image = join(folder, `${kind}.img`);
  let report: Awaited<ReturnType<typeof build>>;
  beforeAll(async () => {
    report = await build(image, [archive, '--disk', kind]);
  });

  test('partition tools find nothing to complain about', async () => {
    const { stdout } = await outcome('sfdisk', ['--verify', image], { env: { LC_ALL: 'C' } });
    expect(stdout.toString()).toMatch(/^No errors detected\.$/m);
    if (kind === 'gpt') expect((await run('sgdisk', ['--verify', image])).toString()).toContain('No problems found');
  });

  test('the partition is the filesystem that is made without a disk', async () => {
    const plain = join(folder, `${kind}-plain.img`);
    await build(plain, [archive]);
    const filesystem = await readFile(plain);
    const disk = await readFile(image);
    expect(disk.subarray(8 * MIB, 8 * MIB + filesystem.length).equals(filesystem)).toBe(true);
    const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
    expect(report.image).toMatchObject({
      bytes: filesystem.length,
      sha256: sha256(filesystem),
      writtenBytes: disk.length,
      writtenSha256: sha256(disk),
    });
  });

  test('check looks into the partition', async () => {
    const { status, stdout } = await storeimg(['check', image]);
    expect({ status, stdout: stdout.toString() }).toEqual({ status: 0, stdout: expect.stringContaining('NIXOS') });
  });

  test('check says so where the disk was cut off', async () => {
    const cut = join(folder, `${kind}-cut.img`);
    await copyFile(image, cut);
    await truncate(cut, 10 * MIB);
    const { status, stderr } = await storeimg(['check', cut]);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringMatching(/only 2097152: it was cut off.*\.\n$/),
    });
  });

  test('the kernel mounts it and e2fsck finds it clean', async () => {
    const device = (
      await run('losetup', [
        '--find',
        '--show',
        '--offset',
        `${8 * MIB}`,
        '--sizelimit',
        `${report.image.bytes}`,
        image,
      ])
    )
      .toString()
      .trim();
    const point = await mkdtemp(join(tmpdir(), 'storeimg-mount-'));
    try {
      await fsck(device);
      await run('mount', ['-o', 'ro', device, point]);
      expect((await readFile(join(point, 'nix-path-registration'))).length).toBeGreaterThan(0);
    } finally {
      await outcome('umount', [point]);
      await rmdir(point);
      await run('losetup', ['--detach', device]);
    }
  });
});

test.each([
  ['mbr', 'NIXOS'],
  ['gpt', 'it\'s a "😀'],
])('bytes: native tools make the same disk by the plan, %s, label %s', async (kind, label) => {
  const words = [archive, '--disk', kind, '--label', label, '--uuid', UUID, '--index-directories'];
  const own = join(folder, `plan-${kind}`);
  const tree = join(own, 'tree');
  await mkdir(own);
  await unpack(archive, tree);
  const image = join(own, 'image');
  await build(image, words);
  const script = join(own, 'plan.sh');
  await writeFile(script, await plan(words));
  const native = join(own, 'native');
  await replay(script, tree, native);
  expect(await compareBytes(image, native)).toBe('');
  expect(readdirSync(own).sort()).toEqual(['image', 'native', 'plan.sh', 'tree']);
});

test('a disk of 2 TiB is refused by mbr before anything is made', async () => {
  const image = join(folder, 'too-large.img');
  const { status, stderr } = await storeimg([
    'build',
    '--quiet',
    archive,
    ...'--disk mbr --size 2048G -o'.split(' '),
    image,
  ]);
  expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(/2 TiB.*--disk gpt.*\.\n$/) });
});

/** Names as firmware has them, as FAT shortens them, and as it never saw them. */
const FILES: Readonly<Record<string, string>> = {
  'config.txt': 'arm_64bit=1\n',
  'UPPER.BIN': 'x'.repeat(5000),
  EMPTY: '',
  'bcm2711-rpi-4-b.dtb': 'device tree',
  'bcm2711-rpi-400.dtb': 'another',
  'overlays/Größe 日本.dtbo': 'overlay',
  'EFI/BOOT/BOOTAA64.EFI': 'MZ'.repeat(100_000),
};

describe('--firmware', () => {
  const source = join(folder, 'firmware');
  const tar = join(folder, 'firmware.tar');
  const images = ['folder', 'tar', 'tar.zst'].map((kind) => join(folder, `from-${kind}.img`)) as [
    string,
    string,
    string,
  ];
  beforeAll(async () => {
    for (const [name, content] of Object.entries(FILES)) {
      await mkdir(dirname(join(source, name)), { recursive: true });
      await writeFile(join(source, name), content);
    }
    for (let i = 0; i < 100; i++) await writeFile(join(source, 'overlays', `an-overlay-number-${i}.dtbo`), `${i}`);
    await run('tar', ['-C', source, '-cf', tar, '.']);
    await build(images[0], [archive, '--disk', 'mbr', '--bmap', '--firmware', source]);
    await build(images[1], [archive, '--disk', 'mbr', '--firmware', tar]);
    await run('zstd', ['-q', tar]);
    await build(images[2], [archive, '--disk', 'mbr', '--firmware', `${tar}.zst`]);
  });

  test.each([1, 2] as const)('a folder and a tar, compressed or not, give the same bytes (%i)', async (other) => {
    await run('cmp', [images[0], images[other]]);
  });

  test('fsck.fat is content, and mtools read every file', async () => {
    const partition = join(folder, 'firmware.fat');
    await writeFile(partition, (await readFile(images[0])).subarray(8 * MIB, 38 * MIB));
    await run('fsck.fat', ['-n', '-v', partition]);
    const copied = join(folder, 'copied');
    await mkdir(copied);
    await run('mcopy', ['-s', '-i', partition, '::*', copied], { env: { LC_ALL: 'C.UTF-8' } });
    await run('diff', ['-r', source, copied]);
  });

  test('the filesystem comes after it, and both are in the block map', async () => {
    const flashed = join(folder, 'flashed.img');
    await run('bmaptool', ['copy', '--bmap', `${images[0]}.bmap`, images[0], flashed]);
    await run('cmp', [images[0], flashed]);
    const filesystem = join(folder, 'behind-firmware.img');
    await writeFile(filesystem, (await readFile(flashed)).subarray(38 * MIB));
    await fsck(filesystem);
  });

  test('what FAT can’t hold is refused in a sentence', async () => {
    const links = join(folder, 'links');
    await mkdir(links);
    await symlink('nowhere', join(links, 'link'));
    const linked = join(folder, 'links.tar');
    await run('tar', ['-C', links, '-cf', linked, '.']);
    const { status, stderr } = await storeimg(['build', '--quiet', archive, '--disk', 'mbr', '--firmware', linked]);
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('link is a symlink') });
    const words = ['build', '--quiet', archive, '--disk', 'mbr', '--firmware', join(folder, 'firmware', 'config.txt')];
    expect((await storeimg(words)).stderr).toMatch(/config\.txt can't fill the firmware partition \(its first block/);
  });
});

test('--firmware without a disk is refused', async () => {
  const { status, stderr } = await storeimg(['build', archive, '--firmware', folder]);
  expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('--disk') });
});

test('a script that would leave the firmware away is not printed', async () => {
  const { status, stdout, stderr } = await storeimg(['plan', archive, '--disk', 'mbr', '--firmware', folder]);
  expect({ status, stdout: stdout.toString(), stderr }).toEqual({
    status: 2,
    stdout: '',
    stderr: expect.stringContaining('build the image instead'),
  });
});
