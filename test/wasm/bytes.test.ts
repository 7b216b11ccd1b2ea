import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/folder.ts';
import { fsck } from '../oracles/native.ts';
import { everyByte, type Geometry, noise, Twins } from './twins.ts';

const MiB = 2 ** 20;
const folder = temporaryFolder();

const geometries: Geometry[] = [
  { bytes: 8 * MiB, blockSize: 1024, inodes: 512 },
  { bytes: 8 * MiB, blockSize: 4096, inodes: 512 },
  { bytes: 200 * MiB, blockSize: 1024, inodes: 4000 },
  { bytes: 600 * MiB, blockSize: 4096, inodes: 20_000 },
  { bytes: 2048 * MiB, blockSize: 4096, inodes: 100_000 },
];

const WROTE = /^Allocated inode: \d+\n$/;

describe.each(geometries)('$bytes bytes in blocks of $blockSize', (geometry) => {
  test('every kind of entry gives the bytes of native e2fsprogs', async () => {
    const { blockSize } = geometry;
    const twins = await Twins.make(folder, geometry);
    const sizes = [0, 1, blockSize - 1, blockSize, blockSize + 1, 12 * blockSize, 65_536, 65_537, 300_000];
    expect(twins.command('mkdir', 'store')).toBe('');
    expect(twins.command('cd', '/store')).toBe('');
    for (const size of sizes) {
      expect(twins.command('write', await twins.content(`${size}`, noise(size, size)), `file${size}`)).toMatch(WROTE);
      expect(twins.command('sif', `file${size}`, 'mode', '0100444')).toBe('');
      expect(twins.command('sif', `file${size}`, 'gid', '30000')).toBe('');
      expect(twins.command('sif', `file${size}`, 'mtime', '@1000000000')).toBe('');
    }
    const holes = noise(40 * blockSize, 1)
      .fill(0, blockSize, 3 * blockSize)
      .fill(0, 20 * blockSize, 30 * blockSize);
    expect(twins.command('write', await twins.content('holes', holes), 'holes')).toMatch(WROTE);
    expect(twins.command('write', await twins.content('zeros', new Uint8Array(100_000)), 'zeros')).toMatch(WROTE);
    for (const length of [1, 59, 60, blockSize - 1]) {
      expect(twins.command('symlink', `link${length}`, 'x'.repeat(length))).toBe('');
    }
    expect(twins.command('ln', 'file1', 'hard')).toBe('');
    expect(twins.command('sif', 'file1', 'links_count', '2')).toBe('');
    twins.command('rm', 'file0');
    expect(twins.command('mknod', 'pipe', 'p')).toMatch(WROTE);

    expect(await twins.difference()).toBe(-1);
    await fsck(twins.image);
  });
});

test('names of any bytes are taken as they are', async () => {
  const twins = await Twins.make(folder, { bytes: 8 * MiB, blockSize: 4096, inodes: 512 });
  const content = await twins.content('content', noise(5000, 0));
  const names = ['a b', '"', '"a" "b"', "it's", '\\', 'a\tb', 'a\nb', '#', '!', '$HOME', 'x'.repeat(255), everyByte];
  for (const name of names) {
    expect(twins.command('write', content, name)).toMatch(WROTE);
    expect(twins.command('sif', name, 'mode', '0100555')).toBe('');
  }
  for (const name of ['./<2>', './-a']) {
    expect(twins.command('mkdir', name)).toBe('');
    expect(twins.command('sif', name, 'gid', '30000')).toBe('');
    expect(twins.command('symlink', `${name}/ `, '" "')).toBe('');
  }
  const listing = twins.command('ls', '-p');
  for (const name of ['"a" "b"', 'a\nb', '<2>', everyByte]) expect(listing).toContain(`/${name}/`);
  expect(await twins.difference()).toBe(-1);
  await fsck(twins.image);
});

test('contents written in runs of blocks lie where one block after the other would', async () => {
  const twins = await Twins.make(folder, { bytes: 96 * MiB, blockSize: 1024, inodes: 4000 });
  // Longer than an extent (32,767 blocks), with holes of every kind between runs.
  const long = noise(40 * MiB, 1);
  for (let at = 0; at < long.length; at += 3 * MiB + 1024) long.fill(0, at, at + 5000);
  expect(twins.command('write', await twins.content('long', long), 'long')).toMatch(WROTE);
  // Free space in pieces, so that a file needs a tree of extents, and is taken up where it begins again.
  const filler = await twins.content('filler', noise(7 * 1024, 2));
  for (let i = 0; i < 1000; i++) expect(twins.command('write', filler, `filler${i}`)).toMatch(WROTE);
  for (let i = 0; i < 1000; i += 2) twins.command('rm', `filler${i}`);
  for (const size of [3 * MiB + 1, 300 * 1024 - 1, 40 * MiB]) {
    expect(twins.command('write', await twins.content(`${size}`, noise(size, size)), `size${size}`)).toMatch(WROTE);
  }
  expect(twins.command('write', await twins.content('more', noise(20 * MiB, 3)), 'more')).toMatch(/Could not allocate/);
  expect(await twins.difference()).toBe(-1);
});
