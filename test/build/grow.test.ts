/** An image of every kind grows to its drive, by resize2fs; test/boot lets the kernel do it while it is mounted. */
import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { build } from '../cli/storeimg.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { run } from '../fixtures/process.ts';
import { kinds } from '../fixtures/small-closures.ts';
import { packTree, unpack } from '../fixtures/tree.ts';
import { DEFAULT_PROFILE, mountAndCompare } from '../oracles/kernel.ts';
import { environment, fsck } from '../oracles/native.ts';

const folder = temporaryFolder();
const archive = join(folder, 'store.tar');
const tree = join(folder, 'tree');
/** A file with a hole for an end: it costs no disk. */
const DRIVE = 8 * 2 ** 30;

beforeAll(async () => {
  await packTree(folder, 'store', kinds);
  await unpack(archive, tree);
});

describe.each([
  ['classic', []],
  ['modern', ['--features', 'modern']],
  ['u-boot', ['--features', 'u-boot']],
  ['without a journal', ['--journal', 'none']],
  ['indexed', ['--index-directories']],
])('%s', (name, options) => {
  const image = join(folder, `${name}.img`);

  beforeAll(async () => {
    await build(image, [archive, ...options]);
  });

  test('resize2fs makes it 8 GiB', async () => {
    truncateSync(image, DRIVE);
    await run('resize2fs', ['-f', image], { env: environment });
    await fsck(image);
    const superblock = (await run('dumpe2fs', ['-h', image], { env: environment })).toString();
    expect(Number(/^Block count: +(\d+)$/m.exec(superblock)![1])).toBe(DRIVE / 4096);
    expect(await mountAndCompare(image, tree, DEFAULT_PROFILE)).toEqual([]);
  });
});
