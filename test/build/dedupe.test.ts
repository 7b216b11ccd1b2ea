/** `--links dedupe`: files of the store that are alike become one inode, as `nix-store --optimise` makes them. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildTree, type Entry, findTwins, type Node } from '../../src/core/archive/index.ts';
import { decide } from '../../src/core/options.ts';
import { selectItems } from '../../src/core/plan/contents.ts';
import { build, storeimg } from '../cli/storeimg.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { kinds } from '../fixtures/small-closures.ts';
import { file, hardLinkTo, packTree, type Tree, unpack } from '../fixtures/tree.ts';
import { DEFAULT_PROFILE } from '../oracles/kernel.ts';
import { bytesSource } from '../storage/bytes-source.ts';
import { satisfiesEveryOracle } from './oracles.ts';

/** An empty file, but for where it lies. */
const ENTRY: Omit<Entry, 'source'> = {
  ...{ type: 'file', mode: 0o444, uid: 0, gid: 0 },
  ...{ size: 0, offset: 0, segments: undefined, target: '' },
};

const NO_CLOSURE = {
  paths: [],
  hasManifest: false,
  consumed: new Set<Node>(),
  beside: [],
  damaged: [],
  absent: [],
  malformed: [],
};

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const [kindsPath] = Object.keys(kinds);
const copies = kindsPath!.replace(/a/g, 'h');

const large = 'a file of two pieces '.repeat(60_000);
const tree: Tree = {
  ...kinds,
  [`${copies}/tool`]: file('#!/bin/sh\necho tool\n', 0o555),
  [`${copies}/tool, not executable`]: file('#!/bin/sh\necho tool\n', 0o444),
  [`${copies}/tool, other bytes`]: file('#!/bin/sh\necho TOOL\n', 0o555),
  [`${copies}/large 1`]: file(large),
  [`${copies}/large 2`]: file(large),
  [`${copies}/large 2 again`]: hardLinkTo(`${copies}/large 2`),
  [`${copies}/large, other end`]: file(`${large.slice(0, -1)}x`),
  [`${copies}/empty`]: file(),
  // Beside the store files are written to: they stay apart.
  'etc/one': file('the same'),
  'etc/two': file('the same'),
};

beforeAll(async () => {
  await packTree(folder, 'closure', tree);
  await unpack(at('closure.tar'), at('tree'));
});

describe('identical files of a small closure', () => {
  const own = at('small');
  beforeAll(() => mkdir(own));
  satisfiesEveryOracle({
    folder: own,
    words: [at('closure.tar'), '--links', 'dedupe'],
    tree: at('tree'),
    expectation: { ...DEFAULT_PROFILE, links: 'dedupe' },
  });
});

test('what is saved is reported', async () => {
  const { closure } = await build(at('report.img'), [at('closure.tar'), '--links', 'dedupe']);
  expect(closure.deduplicated).toEqual({ files: 3, bytes: large.length + 20 });
  const { stdout } = await storeimg(['build', '-o', at('summary.img'), at('closure.tar'), '--links', 'dedupe']);
  expect(stdout.toString()).toMatch(/^identical files: 3 share an inode, 1\.2 MiB saved$/m);
});

test('a file with holes is like one without', async () => {
  const source = bytesSource('sparse.tar', new Uint8Array([0, 0, 7, 0, 7]));
  const dense = { ...ENTRY, source, size: 4 };
  const sparse = { ...dense, offset: 4, segments: [{ at: 2, offset: 4, length: 1 }] };
  expect([...(await findTwins([dense, sparse], () => {}))]).toEqual([[sparse, dense]]);
});

test('a file of the store has the store’s owner, whichever of its names comes first', () => {
  const source = bytesSource('kernel.tar', new Uint8Array());
  const kernel = { ...ENTRY, source, uid: 1000, gid: 100 };
  const link = { ...ENTRY, source, type: 'link', target: 'boot/kernel' } as const;
  const tree = buildTree([
    { path: 'boot/kernel', header: 0, inode: kernel },
    { path: kindsPath!, header: 512, inode: link },
  ]);
  const items = selectItems(tree, NO_CLOSURE, decide({}), new Map());
  const [made] = items.filter(({ inode }) => inode === kernel);
  expect(made).toMatchObject({ node: { path: 'boot/kernel' }, uid: 0, gid: 30000, links: 2 });
});

test('an inode that has all the links it can take is followed by another', () => {
  const source = bytesSource('links.tar', new Uint8Array());
  const entry = (): Entry => ({ ...ENTRY, source });
  const first = entry();
  const inodes = [first, ...Array.from({ length: 65_000 }, entry)];
  const nodes = inodes.map(
    (inode, index): Node => ({ path: `nix/store/${index}`, name: `${index}`, parent: undefined, inode }),
  );
  const twins = new Map(inodes.slice(1).map((inode) => [inode, first]));
  const items = selectItems(
    { nodes, children: new Map(), warnings: [], unended: [] },
    NO_CLOSURE,
    decide({ links: 'dedupe' }),
    twins,
  );
  expect([items[0]!.links, items[65_000]!.linkTo, items[65_000]!.links]).toEqual([65_000, undefined, 1]);
});
