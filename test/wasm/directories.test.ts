import { expect, test, vi } from 'vitest';
import type { ByteString } from '../../src/core/bytes.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { fsck } from '../oracles/native.ts';
import { noise, Twins } from './twins.ts';

const MiB = 2 ** 20;
const folder = temporaryFolder();

/** Different names of 1 to 255 bytes, short ones more often. */
function mixedNames(count: number): ByteString[] {
  const lengths = noise(count, count);
  return Array.from({ length: count }, (_, i) => `${i}`.padEnd(Math.min((lengths[i]! ** 2) >> 8, 255), 'abcdefghij'));
}

/** A hard link, in a new block when the directory is full: `ln` doesn't make one. */
function link(twins: Twins, target: ByteString, name: ByteString): void {
  if (twins.command('ln', target, name) === '') return;
  expect(twins.command('expand_dir', '.')).toBe('');
  expect(twins.command('ln', target, name)).toBe('');
}

test.each([
  { count: 20_000, blockSize: 4096 as const },
  { count: 4000, blockSize: 1024 as const },
])('$count names in blocks of $blockSize lie where native e2fsprogs puts them', async ({ count, blockSize }) => {
  const twins = await Twins.make(folder, { bytes: 256 * MiB, blockSize, inodes: count + 1000 });
  twins.command('mkdir', 'large');
  twins.command('cd', 'large');
  const names = mixedNames(count);
  for (const [i, name] of names.entries()) {
    if (i % 1000 === 0) expect(twins.command('mkdir', name)).toBe('');
    else if (i % 10 === 9) link(twins, names[i - 1]!, name);
    else expect(twins.command('symlink', name, 'x')).toBe('');
  }
  expect(await twins.difference()).toBe(-1);
});

test('names that were removed leave room that is used again as native e2fsprogs does', async () => {
  const twins = await Twins.make(folder, { bytes: 64 * MiB, blockSize: 1024, inodes: 4000 });
  const names = mixedNames(1500);
  const content = await twins.content('content', noise(100, 0));
  const random = noise(1500, 3);
  twins.command('mkdir', 'dir');
  twins.command('cd', 'dir');
  for (const [i, name] of names.entries()) {
    expect(twins.command('write', content, name)).toMatch(/^Allocated/);
    // Runs of neighbours, too: the first entry of a block, and several that merge.
    if (random[i]! < 8) for (const gone of names.slice(i - (random[i]! % 5), i + 1)) twins.command('rm', gone);
    if (random[i] === 100) expect(twins.command('expand_dir', '.')).toBe('');
  }
  const folders = mixedNames(400).map((name) => `d${name}`.slice(0, 255));
  for (const name of folders) expect(twins.command('mkdir', name)).toBe('');
  expect(twins.command('symlink', `${folders[0]}/inside`, 'x')).toBe('');
  twins.command('rm', `${folders[0]}/inside`);
  twins.command('rmdir', folders[0]!);
  expect(twins.command('mkdir', 'again')).toBe('');
  expect(twins.command('cd', 'again/inside')).toMatch(/File not found/);
  expect(await twins.difference()).toBe(-1);
  await fsck(twins.image);
});

test('what exists is found, what does not is not', async () => {
  const twins = await Twins.make(folder, { bytes: 16 * MiB, blockSize: 1024, inodes: 2000 });
  const content = await twins.content('content', noise(100, 0));
  for (const name of mixedNames(500)) twins.command('write', content, name);
  for (const name of mixedNames(500)) {
    expect(twins.command('write', content, name)).toMatch(/File exists|already exists/);
    expect(twins.command('sif', name, 'gid', '7')).toBe('');
    expect(twins.command('sif', `${name}!`, 'gid', '7')).toMatch(/File not found/);
  }
  expect(twins.command('sif', 'lost+found', 'gid', '7')).toBe('');
  expect(await twins.difference()).toBe(-1);
});

test('a directory grows in linear time', async () => {
  const reads = async (count: number) => {
    const twins = await Twins.make(folder, { bytes: 256 * MiB, blockSize: 4096, inodes: count + 1000 });
    const read = vi.spyOn(twins.store, 'read');
    for (const name of mixedNames(count)) {
      twins.command('symlink', name, 'x');
      twins.command('sif', name, 'gid', '30000');
    }
    return read.mock.calls.length;
  };
  // Scanning from the first block reads 25 times as much for 5 times as many.
  expect(await reads(10_000)).toBeLessThan(6 * (await reads(2000)));
});
