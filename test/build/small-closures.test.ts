import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { build, storeimg } from '../cli/storeimg.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { beyondCommandLines, everyKind, longLink, manifestOf } from '../fixtures/small-closures.ts';
import { file, packTree, type Tree, unpack } from '../fixtures/tree.ts';
import { DEFAULT_PROFILE, mountAndCompare, ORIGINAL_PROFILE } from '../oracles/kernel.ts';
import { fsck, readFromImage } from '../oracles/native.ts';
import { loadDb, registration } from '../oracles/nix.ts';
import { satisfiesEveryOracle } from './oracles.ts';

const folder = temporaryFolder();

/** Packs a tree with its manifest in the archive's root, where it is found without being named. */
async function packed(name: string, tree: Tree, ...options: string[]) {
  const archive = await packTree(folder, name, { ...tree, [MANIFEST]: file(manifestOf(tree)) }, ...options);
  await unpack(archive, join(folder, `${name}.unpacked`));
}
const MANIFEST = 'closure-small';
const manifest = join(folder, 'gnu.tree', MANIFEST);

const DEFAULT = { ...DEFAULT_PROFILE, holds: (path: string) => path !== MANIFEST };

beforeAll(async () => {
  await packed('gnu', everyKind, '--format=gnu');
  await packed('pax', everyKind, '--format=pax');
  await packed('sparse', everyKind, '--format=pax', '--sparse');
  await packed('line-breaks', beyondCommandLines);
  await packed('long-link', longLink);
});

describe.each([
  ['gnu', 'default'],
  ['gnu', 'original'],
  ['pax', 'default'],
  ['sparse', 'original'],
])('every kind of entry, %s archive, profile %s', (format, profile) => {
  const own = join(folder, `${format}-${profile}`);
  beforeAll(() => mkdir(own));
  satisfiesEveryOracle({
    folder: own,
    words: [join(folder, `${format}.tar`), '--profile', profile],
    tree: join(folder, `${format}.unpacked`),
    expectation: profile === 'default' ? DEFAULT : ORIGINAL_PROFILE,
  });
});

describe('every option at once', () => {
  const own = join(folder, 'options');
  beforeAll(() => mkdir(own));
  const options =
    '--uuid 01234567-89ab-cdef-0123-456789abcdef --time 2000000000 --uid 0 --gid 65537 --size 300M --links copy --registration none --audit';
  satisfiesEveryOracle({
    folder: own,
    words: [join(folder, 'gnu.tar'), '--label', "it's a lä“bel", ...options.split(' ')],
    tree: join(folder, 'gnu.unpacked'),
    expectation: { ...DEFAULT, time: 2_000_000_000, gid: 65537, links: 'copy' },
  });
});

test('the original registration is what pathsFromGraph makes, and Nix takes it', async () => {
  const found = await readFromImage(join(folder, 'gnu-original', 'image'), '/nix-path-registration');
  expect(found.toString()).toBe((await registration([manifest])).toString());
  const nix = join(folder, 'nix');
  await mkdir(join(nix, 'store'), { recursive: true });
  expect((await loadDb(nix, found)).size).toBe(5);
});

describe('names that no debugfs command line can express', () => {
  const archive = join(folder, 'line-breaks.tar');

  test('are built', async () => {
    const image = join(folder, 'line-breaks.img');
    await build(image, [archive]);
    expect(await mountAndCompare(image, join(folder, 'line-breaks.unpacked'), DEFAULT)).toEqual([]);
    await fsck(image);
  });

  test('are refused by plan, in a sentence', async () => {
    const { status, stderr } = await storeimg(['plan', '--quiet', archive]);
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(/line break in its name.*\.\n$/) });
  });
});

describe('a link target of a block less one byte', () => {
  const archive = join(folder, 'long-link.tar');

  test.each([
    ['4 KiB blocks of the default profile', []],
    ['4 KiB blocks that mke2fs takes from 512 MiB', ['--profile', 'original', '--size', '512M']],
  ])('fits into %s', async (_, options) => {
    const image = join(folder, 'long-link.img');
    await build(image, [archive, ...options]);
    const expectation = options.length > 0 ? ORIGINAL_PROFILE : DEFAULT;
    expect(await mountAndCompare(image, join(folder, 'long-link.unpacked'), expectation)).toEqual([]);
  });

  test('is refused in a sentence where mke2fs takes 1 KiB blocks', async () => {
    const { status, stderr } = await storeimg(['build', '--quiet', archive, '--profile', 'original']);
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(/4000.*1023.*\.\n$/) });
  });
});
