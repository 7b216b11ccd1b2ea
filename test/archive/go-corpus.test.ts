/**
 * The tars that Go's archive/tar and tar-split are tested with, as Debian ships them: odd writers, every extension, and
 * damage. Each is laid over a store; GNU tar says what it holds.
 */
import { lstatSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { buildInMemory, saveImage } from '../build/in-memory.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { outcome, run } from '../fixtures/process.ts';
import { tiny } from '../fixtures/small-closures.ts';
import { packTree } from '../fixtures/tree.ts';
import { listImage, mounted } from '../oracles/kernel.ts';
import { compareListings, type Listing, list } from '../oracles/listing.ts';

const CORPUS = '/usr/share/gocode/src/github.com/vbatts/tar-split';
/** By name. */
const files = new Map<string, string>();
for (const folder of ['archive/tar/testdata', 'tar/asm/testdata'].map((name) => join(CORPUS, name)))
  for (const name of await readdir(folder)) if (/\.tar(\.gz)?$/.test(name)) files.set(name, join(folder, name));

/** GNU tar takes most of these; but a store that has lost its last paths would look just so. */
const UNENDED = /stops at offset \d+ without the blocks of zeros that end an archive/;
const CUT_OFF = /ends in the middle of .* at offset \d+: it was cut off/;
const NO_TAR = /is not a tar archive/;

const REFUSED: Readonly<Record<string, RegExp>> = {
  'gnu-incremental.tar': /“test2” at offset 0 is a directory of an incremental dump/,
  'gnu-multi-hdrs.tar': UNENDED,
  'hdr-only.tar': /“fifo” at offset 512 is a FIFO/,
  'issue10968.tar': NO_TAR,
  'issue11169.tar': /has a damaged header at offset 0 \(/,
  'issue12435.tar': NO_TAR,
  'neg-size.tar': NO_TAR,
  'nil-uid.tar': UNENDED,
  'notenoughnils.tar.gz': UNENDED,
  'pax-bad-hdr-file.tar': /has a damaged header at offset 0 \(its pax records are malformed\)/,
  'pax-bad-mtime-file.tar': UNENDED,
  'pax-multi-hdrs.tar': UNENDED,
  'pax-nul-path.tar': /has a NUL in its name/,
  'pax-path-hdr.tar': CUT_OFF,
  'pax-pos-size-file.tar': UNENDED,
  'ustar-file-reg.tar': UNENDED,
  'writer-big.tar': CUT_OFF,
  'writer-big-long.tar': CUT_OFF,
};

/** One file each, of 60 GB that are a hole but for some bytes. */
const BIG: Readonly<Record<string, string>> = {
  'gnu-sparse-big.tar': 'gnu-sparse',
  'pax-sparse-big.tar': 'pax-sparse',
};
/** GNU tar gives up in it. By Go's tests (reader_test.go), the four sparse files hold the same. */
const FORMATS = 'sparse-formats.tar';
/** A global path for one file, and an empty one for two, which GNU tar then leaves out. */
const GLOBAL = 'pax-global-records.tar';
/** GNU tar complains (of an attribute with a NUL), and unpacks what we do. */
const COMPLAINED = new Set(['pax-nul-xattrs.tar']);

const folder = temporaryFolder();
const image = join(folder, 'image');
let store: Uint8Array;

beforeAll(async () => {
  store = await readFile(await packTree(folder, 'store', tiny));
});

const build = async (name: string) =>
  buildInMemory([store, await readFile(files.get(name)!)], { registration: 'zero' });

async function builtListing(name: string): Promise<Listing> {
  await saveImage((await build(name)).store, image);
  return besideTheStore(await listImage(image));
}

/** Times are by option. */
const besideTheStore = (listing: Listing): Listing =>
  new Map(
    [...listing].filter(([path]) => !path.startsWith('nix')).map(([path, facts]) => [path, { ...facts, times: [] }]),
  );

test.each(Object.entries(REFUSED))('%s is refused', async (name, sentence) => {
  const refusal = { name: 'Refusal', message: expect.stringMatching(sentence) };
  await expect(build(name)).rejects.toMatchObject(refusal);
});

const others = new Set([...Object.keys(REFUSED), ...Object.keys(BIG), FORMATS, GLOBAL]);
test.each([...files.keys()].filter((name) => !others.has(name)))('%s is what GNU tar unpacks', async (name) => {
  const unpacked = join(folder, name);
  await mkdir(unpacked);
  const script = 'umask 022 && exec tar -xpf "$1" -C "$2" --numeric-owner';
  const { status } = await outcome('sh', ['-c', script, 'sh', files.get(name)!, unpacked]);
  expect(status).toBe(COMPLAINED.has(name) ? 2 : 0);
  const expected = besideTheStore(list(unpacked));
  expect(expected.size).toBeGreaterThan(0);
  expect(compareListings(expected, await builtListing(name))).toEqual([]);
});

test.each(Object.entries(BIG))('%s holds 60 GB', async (name, file) => {
  await saveImage((await build(name)).store, image);
  expect(await mounted(image, (point) => lstatSync(join(point, file)).size)).toBe(60e9);
});

test(`${GLOBAL}: an empty path leaves the header’s own`, async () => {
  expect([...(await builtListing(GLOBAL)).keys()].sort()).toEqual(['file2', 'file3', 'file4', 'global1']);
});

test(`${FORMATS}: the same file in four formats`, async () => {
  const listing = await builtListing(FORMATS);
  const names = ['gnu', 'posix-0.0', 'posix-0.1', 'posix-1.0'].map((format) => `sparse-${format}`);
  expect([...listing.keys()].sort()).toEqual(['end', ...names]);
  expect(new Set(names.map((name) => listing.get(name)!.sha256)).size).toBe(1);
  await mounted(image, async (point) => {
    const sum = await run('md5sum', [join(point, names[0]!)]);
    expect(sum.toString()).toMatch(/^6f53234398c2449fe67c1812d993012f /);
  });
});
