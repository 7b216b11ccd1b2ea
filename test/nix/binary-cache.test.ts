/** Binary caches that real Nix made, packed as tar, as archives. */
import { copyFile, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { build, storeimg } from '../cli/storeimg.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { run } from '../fixtures/process.ts';
import { verifyInstalled } from '../oracles/installed-nix.ts';
import { readFromImage } from '../oracles/native.ts';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  await run('bash', [fileURLToPath(new URL('../fixtures/tricky-closure/make.sh', import.meta.url)), folder]);
  await build(at('from-tar'), [at('store.tar')]);
});

const registrationOf = async (image: string) =>
  (await readFromImage(image, '/nix-path-registration')).toString('latin1').replaceAll(/^.*\.drv$/gm, '');

test.each(['none', 'xz', 'zstd'])(
  'NARs with compression %s: registered as the tar is, Nix finds nothing wrong',
  async (kind) => {
    await build(at('image'), [at(`cache-${kind}.tar`)]);
    expect(await registrationOf(at('image'))).toBe(await registrationOf(at('from-tar')));
    expect(await verifyInstalled(at('image'))).toBe('');
  },
);

/** A folder that holds the cache as `cache`, for tests to change. */
async function unpacked(kind: string): Promise<string> {
  const tree = at('unpacked');
  await rm(tree, { recursive: true, force: true });
  await mkdir(tree);
  await run('tar', ['-xf', at(`cache-${kind}.tar`), '-C', tree]);
  return tree;
}

async function pack(tree: string, file: string): Promise<string> {
  await run('tar', ['-cf', at(file), '-C', tree, '.']);
  return at(file);
}

const inspect = async (words: readonly string[]) => {
  const { status, stdout, stderr } = await storeimg(['inspect', '--quiet', '--json', ...words]);
  return { status, stderr, ...JSON.parse(stdout.toString()) };
};

const OTHER = `nix/store/${'1'.repeat(32)}-other`;

test('only the cache’s own files go: what else is in the archive stays', async () => {
  const tree = await unpacked('none');
  for (const folder of ['cache/log', 'cache/realisations', 'etc', OTHER])
    await mkdir(join(tree, folder), { recursive: true });
  for (const file of [
    'cache/log/x.drv',
    'cache/realisations/x.doi',
    'cache/nar/unused.nar',
    'etc/hostname',
    `${OTHER}/file`,
  ])
    await writeFile(join(tree, file), 'text');
  await build(at('mixed'), [await pack(tree, 'mixed.tar')]);
  const listing = (await run('debugfs', ['-R', 'ls -p /', at('mixed')])).toString();
  expect([...listing.matchAll(/^\/\d+\/\d+\/\d+\/\d+\/([^/]+)\//gm)].map((match) => match[1]).sort()).toEqual(
    ['.', '..', 'etc', 'lost+found', 'nix', 'nix-path-registration'].sort(),
  );
  expect(await readFromImage(at('mixed'), `/${OTHER}/file`)).toEqual(Buffer.from('text'));
  expect((await registrationOf(at('mixed'))).replace(/^\/nix\/store\/1{32}-other\n.*\n.*\n\n0\n/m, '')).toBe(
    await registrationOf(at('from-tar')),
  );
});

test('a store path that holds narinfos is a store path like any other', async () => {
  const tree = at('mirror');
  const cache = await unpacked('none');
  await mkdir(join(tree, OTHER), { recursive: true });
  await run('cp', ['-r', join(cache, 'cache'), join(tree, OTHER)]);
  const { storePaths, errors } = await inspect([await pack(tree, 'mirror.tar')]);
  expect({ paths: storePaths.map(({ path }: { path: string }) => path), errors }).toEqual({
    paths: [`/${OTHER}`],
    errors: [],
  });
});

test('archives that are given after a cache lie over it', async () => {
  const tree = at('over');
  const { storePaths } = await inspect([at('cache-none.tar')]);
  const path: string = storePaths.find(({ path }: { path: string }) => path.endsWith('-program')).path;
  await mkdir(join(tree, 'nix/store'), { recursive: true });
  await writeFile(join(tree, path), 'another program');
  await pack(tree, 'over.tar');
  const found = await storeimg(['build', '--quiet', '-o', at('over.img'), at('cache-none.tar'), at('over.tar')]);
  expect(found).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/-program has \d+ bytes as NAR, and .*narinfo says/),
  });
  const before = await storeimg(['build', '--quiet', '-o', at('before.img'), at('over.tar'), at('cache-none.tar')]);
  expect(before.status).toBe(0);
});

/** The cache's tar with a text in it changed into one of the same length. */
async function changed(from: string, to: string): Promise<string> {
  const bytes = await readFile(at('cache-none.tar'));
  bytes.write(to, bytes.indexOf(from), 'latin1');
  await writeFile(at('changed.tar'), bytes);
  return at('changed.tar');
}

test.each([
  [
    'a NAR that is not there',
    'URL: nar/',
    'URL: nix/',
    /line 2: its URL names “nix\/.*”, which the archive lacks; make the/,
  ],
  ['a hash that is none', 'NarHash: sha256:', 'NarHash: sha259:', /line 6: NarHash is malformed/],
  ['a field without a name', 'NarSize: ', 'NarSize; ', /line 7: it is no field of a narinfo/],
  ['another size', 'NarSize: 1', 'NarSize: 2', /has \d+ bytes as NAR, and .*narinfo says 2\d*: it was changed/],
])('%s is refused by name', async (_, from, to, sentence) => {
  const { status, stderr } = await storeimg(['build', '--quiet', '-o', at('none'), await changed(from, to)]);
  expect(status).toBe(1);
  expect(stderr).toMatch(sentence);
});

test('padding of contents that is not zeros is refused as such, not as another hash', async () => {
  const bytes = await readFile(at('cache-none.tar'));
  const token = Buffer.from('\x08\0\0\0\0\0\0\0contents', 'latin1');
  let end = 0;
  for (let from = bytes.indexOf(token); end === 0; from = bytes.indexOf(token, from + 1)) {
    const size = Number(bytes.readBigUInt64LE(from + token.length));
    if (size % 8 > 0) end = from + token.length + 8 + size + (-size & 7);
  }
  bytes[end - 1] = 1;
  await writeFile(at('changed.tar'), bytes);
  const { status, stderr } = await storeimg(['build', '--quiet', '-o', at('none'), at('changed.tar')]);
  expect(status).toBe(1);
  expect(stderr).toMatch(/has a damaged NAR: at offset \d+, a file’s contents are not filled up with zeros/);
});

/** The narinfo of the path of this name, with its text, and where its NAR lies. */
async function narinfoOf(tree: string, name: string) {
  for (const file of await readdir(join(tree, 'cache'))) {
    const narinfo = join(tree, 'cache', file);
    const text = file.endsWith('.narinfo') ? await readFile(narinfo, 'latin1') : '';
    if (/^StorePath: .{44}(.*)$/m.exec(text)?.[1] === name)
      return { narinfo, text, nar: join(tree, 'cache', /^URL: (.*)$/m.exec(text)![1]!) };
  }
  throw new Error(`no narinfo of ${name}`);
}

test.each([
  ['a query', (text: string) => text.replace(/^URL: .*$/m, '$&?sha256=abc')],
  ['the folder itself before it', (text: string) => text.replace(/^URL: /m, '$&./')],
])('a URL with %s is read', async (_, change) => {
  const tree = await unpacked('none');
  const { narinfo, text } = await narinfoOf(tree, 'self');
  await writeFile(narinfo, change(text));
  expect(await inspect([await pack(tree, 'url.tar')])).toMatchObject({ status: 0, errors: [] });
});

describe('damage is told with the NAR and whose it is', () => {
  test.each([
    ['a size of 0', 'none', /^NarSize: .*/m, 'NarSize: 0', /line 7: NarSize is 0, and no NAR is empty/],
    [
      'a compression that is unknown',
      'none',
      /^Compression: .*/m,
      'Compression: br',
      /line 3: the NAR of .*-self \(“nar\/.*”\) is compressed with “br”/,
    ],
    ['Windows line ends', 'none', /$/gm, '\r', /line 1: its lines end in CR LF/],
  ])('%s', async (_, kind, from, to, sentence) => {
    const tree = await unpacked(kind);
    const { narinfo, text } = await narinfoOf(tree, 'self');
    await writeFile(narinfo, text.replace(from, to));
    const { status, error } = await inspect([await pack(tree, 'field.tar')]);
    expect({ status, error }).toEqual({ status: 1, error: expect.stringMatching(sentence) });
  });

  test.each([
    ['none', /: cache\/nar\/.*\.nar \(.*-self\) ends in the middle of a NAR at offset 100/],
    ['xz', /: cache\/nar\/.*\.nar\.xz \(.*-self\) was cut off: its xz data/],
  ])('a NAR that is cut off, compressed with %s', async (kind, sentence) => {
    const tree = await unpacked(kind);
    const { nar } = await narinfoOf(tree, 'self');
    await truncate(nar, 100);
    const { status, error } = await inspect([await pack(tree, 'cut.tar')]);
    expect({ status, error }).toEqual({ status: 1, error: expect.stringMatching(sentence) });
  });

  test('a NAR that goes on, compressed after others on the same spool', async () => {
    const tree = await unpacked('xz');
    const { nar } = await narinfoOf(tree, 'self');
    await copyFile(nar, at('goes-on.xz'));
    await run('sh', [
      '-c',
      'xz -dc "$0" > "$0.plain"; printf 12345678 >> "$0.plain"; xz -c "$0.plain" > "$1"',
      at('goes-on.xz'),
      nar,
    ]);
    const { error } = await inspect([await pack(tree, 'goes-on.tar')]);
    expect(error).toMatch(/\(.*-self\) has a damaged NAR: at offset 5\d\d, something follows/);
  });
});
