/** `--index-directories`: the same bytes as native e2fsck -D, and directories that the kernel reads by their index. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { build } from '../cli/storeimg.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { run } from '../fixtures/process.ts';
import { everyKind, manifestOf } from '../fixtures/small-closures.ts';
import { file, hardLinkTo, packTree, type Tree, unpack } from '../fixtures/tree.ts';
import { DEFAULT_PROFILE, ORIGINAL_PROFILE } from '../oracles/kernel.ts';
import { environment } from '../oracles/native.ts';
import { satisfiesEveryOracle } from './oracles.ts';

const folder = temporaryFolder();
const archive = join(folder, 'store.tar');
const unpacked = join(folder, 'tree');

const LINKS = `nix/store/${'h'.repeat(32)}-links`;
const WIDE = `nix/store/${'i'.repeat(32)}-wide`;
/** In blocks of 1 KiB more leaves than an index' root has entries for. */
const wide = Array.from({ length: 600 }, (_, index) => [`${WIDE}/${index}`.padEnd(WIDE.length + 241, 'n'), file()]);
/** One inode's names in one directory, which is sorted by inode: their order is the sort's. */
const links = Array.from({ length: 60 }, (_, index) => [`${LINKS}/${(37 * index) % 60}`, hardLinkTo(`${LINKS}/file`)]);

const DEFAULT = { ...DEFAULT_PROFILE, holds: (path: string) => path !== 'closure-links' };

const tree: Tree = {
  ...everyKind,
  [`${LINKS}/file`]: file('linked'),
  ...Object.fromEntries(links),
  ...Object.fromEntries(wide),
};

beforeAll(async () => {
  await packTree(folder, 'store', { ...tree, 'closure-links': file(manifestOf(tree)) });
  await unpack(archive, unpacked);
});

describe.each([
  ['features', 'classic', 'Indirect levels: 0', DEFAULT],
  ['features', 'u-boot', 'Indirect levels: 0', DEFAULT],
  ['profile', 'original', 'Indirect levels: 1', ORIGINAL_PROFILE],
] as const)('%s %s', (option, value, levels, expectation) => {
  const own = join(folder, value);
  const image = join(own, 'image');
  mkdirSync(own);
  satisfiesEveryOracle({
    folder: own,
    words: [archive, '--index-directories', `--${option}`, value],
    tree: unpacked,
    expectation,
  });

  test.each([
    [WIDE, levels],
    [LINKS, 'Not a hash-indexed directory'],
  ])('%s: %s', async (path, said) => {
    const script = `debugfs -R "htree_dump /$1" "$2" 2>&1 | grep -a -o -e 'Indirect levels: .' -e 'Not a hash.*'`;
    const found = await run('sh', ['-c', script, 'sh', path, image], { env: environment });
    expect(found.toString().trim()).toBe(said);
  });
});

test('the headroom is free at once', async () => {
  const { image: facts, warnings } = await build(join(folder, 'facts'), [archive, '--index-directories']);
  expect(facts.freeBlocks * facts.blockSize).toBeGreaterThanOrEqual(16 * 2 ** 20);
  expect(warnings.join()).not.toContain('a second time');
});
