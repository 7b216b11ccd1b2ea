/** Archives as the real tools write them: each becomes an image that holds the tree, as a kernel sees it. */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildInMemory, saveImage } from '../build/in-memory.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { run } from '../fixtures/process.ts';
import { everyKind } from '../fixtures/small-closures.ts';
import { directory, file, hardLinkTo, symlinkTo, type Tree, unpack, writeTree } from '../fixtures/tree.ts';
import { DEFAULT_PROFILE, mountAndCompare } from '../oracles/kernel.ts';

const folder = temporaryFolder();

const PATH = `nix/store/${'a'.repeat(32)}-short`;
/** What the oldest formats can say. */
const plain: Tree = {
  [PATH]: directory(),
  [`${PATH}/bin/tool`]: file('#!/bin/sh\n', 0o555),
  [`${PATH}/bin/again`]: hardLinkTo(`${PATH}/bin/tool`),
  [`${PATH}/empty`]: directory(),
  [`${PATH}/link`]: symlinkTo('bin/tool'),
  [`${PATH}/holes`]: file({ size: 300_001, pieces: [[100_000, 'middle']] }),
  'etc/hostname': file('storeimg\n', 0o644, [1000, 100]),
};
/** What git keeps: no links, no empty directories, no modes but one bit. */
const committed: Tree = {
  [`${PATH}/bin/tool`]: file('#!/bin/sh\n', 0o755),
  [`${PATH}/share/a name, ümläut`]: file('text', 0o644),
  [`${PATH}/link`]: symlinkTo('bin/tool'),
};
const TREES = { everyKind, plain, committed };
type TreeName = keyof typeof TREES;

const tree = (name: TreeName) => join(folder, name);
const archive = join(folder, 'archive.tar');

beforeAll(async () => {
  for (const [name, made] of Object.entries(TREES)) {
    await mkdir(join(folder, name));
    await writeTree(join(folder, name), made);
  }
  await run('sh', ['-ec', 'git init -q . && git add nix && git commit -qm all'], { cwd: tree('committed'), env: GIT });
});

const GIT = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  ...Object.fromEntries(
    ['AUTHOR', 'COMMITTER'].flatMap((who) => [
      [`GIT_${who}_NAME`, 'test'],
      [`GIT_${who}_EMAIL`, 'test@localhost'],
    ]),
  ),
};

const PYTHON = `
import os, sys, tarfile
with tarfile.open(sys.argv[1], 'w', format=getattr(tarfile, sys.argv[2])) as tar:
    for name in sys.argv[3:]:
        tar.add(name)
`;

const gnu =
  (...options: string[]) =>
  (names: string[]) => ['tar', '-cf', archive, ...options, ...names];
const bsd =
  (...options: string[]) =>
  (names: string[]) => ['bsdtar', '-cf', archive, ...options, ...names];
const python = (format: string) => (names: string[]) => ['python3', '-c', PYTHON, archive, format, ...names];

/** What makes the archive of which tree, started in it with the names in its root. */
const TOOLS: readonly (readonly [string, TreeName, (names: string[]) => string[]])[] = [
  ['GNU tar, v7', 'plain', gnu('--format=v7')],
  ['GNU tar, ustar', 'plain', gnu('--format=ustar')],
  ['GNU tar, oldgnu', 'everyKind', gnu('--format=oldgnu')],
  ['GNU tar, gnu', 'everyKind', gnu('--format=gnu')],
  ['GNU tar, pax', 'everyKind', gnu('--format=pax')],
  ['GNU tar, old sparse', 'everyKind', gnu('--format=gnu', '--sparse')],
  ['GNU tar, sparse 0.0', 'everyKind', gnu('--format=pax', '--sparse', '--sparse-version=0.0')],
  ['GNU tar, sparse 0.1', 'everyKind', gnu('--format=pax', '--sparse', '--sparse-version=0.1')],
  ['GNU tar, sparse 1.0', 'everyKind', gnu('--format=pax', '--sparse', '--sparse-version=1.0')],
  ['GNU tar, numeric owners, by name, labelled', 'everyKind', gnu('--numeric-owner', '--sort=name', '--label=store')],
  ['bsdtar, ustar', 'plain', bsd('--format=ustar')],
  ['bsdtar, v7', 'plain', bsd('--format=v7')],
  ['bsdtar, gnutar', 'everyKind', bsd('--format=gnutar')],
  ['bsdtar, pax', 'everyKind', bsd('--format=pax')],
  ['busybox tar', 'everyKind', (names) => ['busybox', 'tar', '-cf', archive, ...names]],
  ['Python, ustar', 'plain', python('USTAR_FORMAT')],
];

/** Makes the image of the archive. */
async function imageOf(): Promise<string> {
  const image = join(folder, 'image');
  await saveImage((await buildInMemory(await readFile(archive))).store, image);
  return image;
}

const namesIn = async (name: TreeName) => (await readdir(tree(name))).filter((entry) => !entry.startsWith('.'));

test.each(TOOLS)('%s, of %s', async (_, name, command) => {
  const [program, ...args] = command(await namesIn(name));
  await run(program!, args, { cwd: tree(name), env: { LC_ALL: 'C.UTF-8' } });
  expect(await mountAndCompare(await imageOf(), tree(name), DEFAULT_PROFILE)).toEqual([]);
});

describe('what the tool itself changes is as GNU tar unpacks it:', () => {
  test.each([
    // Of two names of a symbolic link Python makes two links.
    ['Python, GNU', 'everyKind', python('GNU_FORMAT')(['nix', 'etc', 'home', 'sbin'])],
    ['Python, pax', 'everyKind', python('PAX_FORMAT')(['nix', 'etc', 'home', 'sbin'])],
    ['GNU tar --hard-dereference', 'everyKind', ['tar', '-cf', archive, '--hard-dereference', 'nix', 'etc']],
    ['GNU tar of ./', 'plain', ['tar', '-cf', archive, './nix', './/etc/./hostname']],
    ['git archive', 'committed', ['git', '-c', 'tar.umask=0022', 'archive', '-o', archive, 'HEAD']],
  ] as const)('%s', async (title, name, [program, ...args]) => {
    await run(program!, args, { cwd: tree(name), env: GIT });
    const unpacked = join(folder, `unpacked ${title.replaceAll('/', '')}`);
    await unpack(archive, unpacked);
    expect(await mountAndCompare(await imageOf(), unpacked, DEFAULT_PROFILE)).toEqual([]);
  });
});

test('a store that Nix optimised, whole: its hard links are among its paths', async () => {
  const source = join(folder, 'optimised');
  await mkdir(source);
  const kept = 'nix/store/.links/0aq5z';
  // The links come first: the store path's names are links to what is left out.
  await writeTree(source, {
    [kept]: file('twice', 0o444),
    [`${PATH}/a`]: hardLinkTo(kept),
    [`${PATH}/b`]: hardLinkTo(kept),
  });
  await run('tar', ['-cf', archive, '--sort=name', '-C', source, 'nix']);
  const { report } = await buildInMemory(await readFile(archive), { links: 'keep' });
  const warning = expect.stringContaining('“nix/store/.links” is no store path and was left out');
  expect(report.warnings).toContainEqual(warning);
  const tree = { ...DEFAULT_PROFILE, holds: (path: string) => !path.startsWith('nix/store/.links') };
  // Without it the names of the store path are each other's first.
  await run('rm', ['-r', join(source, 'nix/store/.links')]);
  expect(await mountAndCompare(await imageOf(), source, tree)).toEqual([]);
});

describe('refused by name:', () => {
  test.each([
    ['docker save', ['manifest.json', 'repositories', 'abc.json', 'abc/layer.tar', 'abc/VERSION'], 'a container image'],
    ['an OCI layout', ['oci-layout', 'index.json', 'blobs/sha256/abc'], 'a container image'],
  ])('%s', async (title, names, found) => {
    const source = join(folder, title);
    await mkdir(source);
    await writeTree(source, Object.fromEntries(names.map((name) => [name, file('{}')])));
    await run('tar', ['-cf', archive, '-C', source, '.']);
    await expect(imageOf()).rejects.toMatchObject({
      code: 'archive-container',
      message: expect.stringContaining(found),
    });
  });

  test('a manifest with holes, which is not read beyond what the archive holds of it', async () => {
    const source = join(folder, 'manifest with holes');
    await mkdir(source);
    await writeTree(source, { ...plain, 'closure-holes': file({ size: 2 ** 20, pieces: [[2 ** 20 - 5, 'x']] }) });
    await run('tar', ['-cf', archive, '--sparse', '-C', source, 'nix', 'closure-holes']);
    await expect(imageOf()).rejects.toMatchObject({ code: 'manifest-format' });
  });

  test.each([
    ['a character device', 'c 1 3'],
    ['a block device', 'b 7 0'],
    ['a FIFO', 'p'],
  ])('%s', async (what, node) => {
    const source = join(folder, what);
    await mkdir(source);
    await run('mknod', [join(source, 'node'), ...node.split(' ')]);
    await run('tar', ['-cf', archive, '-C', source, 'node']);
    await expect(imageOf()).rejects.toMatchObject({ code: 'archive-type', message: expect.stringContaining(what) });
  });
});
