/** Binary caches that real Nix made, packed as tar, as archives. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
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

/** The cache's tar with a text in it changed into one of the same length. */
async function changed(from: string, to: string): Promise<string> {
  const bytes = await readFile(at('cache-none.tar'));
  bytes.write(to, bytes.indexOf(from), 'latin1');
  await writeFile(at('changed.tar'), bytes);
  return at('changed.tar');
}

test.each([
  ['a NAR that is not there', 'URL: nar/', 'URL: nix/', /line 1: its URL names “nix\/.*”, which the archive lacks/],
  ['a hash that is none', 'NarHash: sha256:', 'NarHash: sha259:', /line \d+: NarHash is malformed/],
  ['a field without a name', 'NarSize: ', 'NarSize; ', /line \d+: it is no field of a narinfo/],
  ['another size', 'NarSize: 1', 'NarSize: 2', /has \d+ bytes as NAR, and .*narinfo says 2\d*: it was changed/],
])('%s is refused by name', async (_, from, to, sentence) => {
  const { status, stderr } = await storeimg(['build', '--quiet', '-o', at('none'), await changed(from, to)]);
  expect(status).toBe(1);
  expect(stderr).toMatch(sentence);
});
