/** Images looked into: what the reader tells is what the kernel tells of the same image. */
import { createHash } from 'node:crypto';
import { chown, copyFile, lstat, mkdir, open, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ByteString } from '../../src/core/bytes.ts';
import { ImageReader, ROOT_INODE } from '../../src/core/index.ts';
import { FileSource } from '../../src/node/storage.ts';
import { build } from '../cli/storeimg.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { run } from '../fixtures/process.ts';
import { everyKind, tiny } from '../fixtures/small-closures.ts';
import { packTree, writeTree } from '../fixtures/tree.ts';
import { mounted } from '../oracles/kernel.ts';
import { type Facts, list } from '../oracles/listing.ts';
import { environment } from '../oracles/native.ts';
import { wasmModule } from '../wasm/twins.ts';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const MANY = 20_000;

const openImage = (path: string) =>
  ImageReader.open(new FileSource(path), { program: async (name) => wasmModule(name) });

/** Everything in an image, as the oracle lists it; times are the modification's alone. */
function listThrough(reader: ImageReader): Map<ByteString, unknown> {
  const listing = new Map<ByteString, unknown>();
  const inodes = new Map<number, ByteString>();
  const visit = (directory: number, before: ByteString): void => {
    for (const { name, inode, type, mode, uid, gid, size } of reader.list(directory)) {
      const path = before + name;
      const { target, modified } = reader.details(inode);
      const isKnown = type === 'file' || type === 'symlink' || type === 'directory';
      const hash = createHash('sha256');
      if (type === 'file') reader.read({ inode, size }, (piece) => void hash.update(piece));
      listing.set(path, {
        type: isKnown ? type : 'other',
        mode: mode.toString(8),
        uid,
        gid,
        size: type === 'file' || type === 'symlink' ? size : undefined,
        sha256: type === 'file' ? hash.digest('hex') : undefined,
        target,
        sameAs: type === 'directory' ? undefined : inodes.get(inode),
        modified,
      });
      if (type === 'directory') visit(inode, `${path}/`);
      else if (!inodes.has(inode)) inodes.set(inode, path);
    }
  };
  visit(ROOT_INODE, '');
  return listing;
}

const withoutOtherTimes = ({ times, ...facts }: Facts) => ({ ...facts, modified: Math.floor(times[1]!) });

async function makeImage(name: string, size: string, ...args: string[]): Promise<void> {
  await run('mke2fs', ['-q', '-F', ...args, at(name), size], { env: environment });
}

beforeAll(async () => {
  // Made by mke2fs and filled by the kernel: none of our code has had a hand in it.
  await makeImage('kernel.img', '96M', '-t', 'ext4', '-N', '30000');
  await mkdir(at('point'));
  await run('mount', ['-o', 'loop', at('kernel.img'), at('point')]);
  try {
    await writeTree(at('point'), everyKind);
    for (const [name, ...numbers] of [
      ['character', 'c', '5', '1'],
      ['block', 'b', '259', '70000'],
      ['pipe', 'p'],
    ])
      await run('mknod', [at(`point/${name}`), ...numbers]);
    await writeFile(at('point/far'), 'whose owner needs 32 bits');
    await chown(at('point/far'), 3_000_000_000, 70_000);
    await run('touch', ['--no-dereference', '--date=2100-01-01T00:00:00Z', at('point/far')]);
    await run('touch', ['--date=1930-01-01T00:00:00Z', at('point/pipe')]);
    await mkdir(at('point/many'));
    for (let index = 0; index < MANY; index++) await (await open(at(`point/many/${index}`), 'w')).close();
    // A directory with places that no name has.
    await run('sh', ['-c', 'rm "$1"/many/*7', 'sh', at('point')]);
  } finally {
    await run('umount', [at('point')]);
  }
});

test('everything in an image is listed and read as the kernel lists and reads it', async () => {
  const expected = await mounted(at('kernel.img'), list);
  const actual = listThrough(await openImage(at('kernel.img')));
  expect(actual.size).toBeGreaterThan(MANY * 0.9);
  expect([...actual.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [path, facts] of expected) expect(actual.get(path), path).toEqual(withoutOtherTimes(facts));
});

test('devices have their numbers, inodes their links', async () => {
  const reader = await openImage(at('kernel.img'));
  const root = new Map(reader.list(ROOT_INODE).map((entry) => [entry.name, entry]));
  const detailsOf = (name: string) => reader.details(root.get(name)!.inode);
  expect([root.get('character')!.type, detailsOf('character').device]).toEqual(['character device', '5, 1']);
  expect([root.get('block')!.type, detailsOf('block').device]).toEqual(['block device', '259, 70000']);
  expect([root.get('pipe')!.type, detailsOf('pipe').device]).toEqual(['fifo', undefined]);
  expect(detailsOf('many').links).toBe(2);
});

test.each([
  ['ext2 with blocks of 1 KiB', ['-t', 'ext2', '-b', '1024']],
  ['ext4 with contents in inodes', ['-t', 'ext4', '-O', 'inline_data', '-I', '256']],
])('%s', async (_, args) => {
  await run('rm', ['-rf', at('tree'), at('other.img')]);
  await mkdir(at('tree'));
  await writeTree(at('tree'), tiny);
  await run('ln', ['-s', 'x'.repeat(130), at('tree/link')]);
  await makeImage('other.img', '16M', ...args, '-d', at('tree'));
  const listing = listThrough(await openImage(at('other.img')));
  const expected = list(at('tree'));
  for (const [path, facts] of expected) expect(listing.get(path), path).toEqual(withoutOtherTimes(facts));
  expect(listing.size).toBe(expected.size + 1); // lost+found
});

test.each(['mbr', 'gpt'])('a disk with a partition table, %s, opens at its Linux partition', async (disk) => {
  await packTree(folder, `for-${disk}`, tiny);
  await mkdir(at(`firmware-${disk}`));
  await build(at(`${disk}.img`), [at(`for-${disk}.tar`), '--disk', disk, '--firmware', at(`firmware-${disk}`)]);
  const listing = listThrough(await openImage(at(`${disk}.img`)));
  for (const path of Object.keys(tiny)) expect([...listing.keys()]).toContain(path);
});

describe('what is no whole image is refused with a sentence:', () => {
  const sentenceOf = async (name: string) => (await openImage(at(name)).catch((error: Error) => error)).toString();

  test('something else', async () => {
    await writeFile(at('text'), 'no image at all. '.repeat(1000));
    expect(await sentenceOf('text')).toMatch(/^Refusal: text is not an ext4 image \(it has no ext superblock/);
  });

  test('an image that was cut off', async () => {
    await copyFile(at('kernel.img'), at('cut.img'));
    await truncate(at('cut.img'), (await lstat(at('cut.img'))).size / 2);
    expect(await sentenceOf('cut.img')).toMatch(/cut\.img is not an ext4 image .* it was cut off\)/);
  });

  test('a superblock with nothing behind it', async () => {
    await copyFile(at('kernel.img'), at('broken.img'));
    const file = await open(at('broken.img'), 'r+');
    await file.write(Buffer.alloc(4096, 0xff), 0, 4096, 2048);
    await file.close();
    expect(await sentenceOf('broken.img')).toMatch(/broken\.img is not an ext4 image \(.*\): give an \.img/);
  });
});

test('a directory that is damaged is a refusal, and the next one is read', async () => {
  await copyFile(at('kernel.img'), at('damaged.img'));
  const reader = await openImage(at('damaged.img'));
  const many = reader.list(ROOT_INODE).find(({ name }) => name === 'many')!;
  await run('debugfs', ['-w', '-R', `sif <${many.inode}> block[5] 999999999`, at('damaged.img')], { env: environment });
  const again = await openImage(at('damaged.img'));
  expect(() => again.list(many.inode)).toThrow(/debugfs answered “ls -p/);
  expect(again.list(ROOT_INODE).length).toBeGreaterThan(5);
  expect(() => again.list(1_000_000)).toThrow(/debugfs answered/);
});
