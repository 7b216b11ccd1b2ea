/** The whole main job on a closure that real Nix made. */

import { mkdirSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { build } from '../cli/storeimg.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { run } from '../fixtures/process.ts';
import { type RealClosure, realClosure } from '../fixtures/real-closure.ts';
import { unpack } from '../fixtures/tree.ts';
import { DEFAULT_PROFILE, ORIGINAL_PROFILE } from '../oracles/kernel.ts';
import { compareBytes, environment, readFromImage } from '../oracles/native.ts';
import { loadDb, pathInfos, registration } from '../oracles/nix.ts';
import { launch, serve } from '../web/page.ts';
import { satisfiesEveryOracle } from './oracles.ts';

const folder = temporaryFolder();
const tree = join(folder, 'tree');
const closure: RealClosure = await realClosure(300_000_000, 8_000, 'awkward');
const words = [closure.archive, ...closure.manifests.flatMap((manifest) => ['--manifest', manifest])];

beforeAll(() => unpack(closure.archive, tree));

describe.each([
  ['default', DEFAULT_PROFILE],
  ['original', ORIGINAL_PROFILE],
])('profile %s', (profile, expectation) => {
  const own = join(folder, profile);
  mkdirSync(own);
  satisfiesEveryOracle({ folder: own, words: [...words, '--profile', profile], tree, expectation });
});

test('it is no larger than what mke2fs -d and resize2fs -M make, with 16 MiB added', async () => {
  const image = join(folder, 'shrunk');
  const features = '^orphan_file,^metadata_csum_seed';
  const names = Number(await run('sh', ['-c', 'find "$1" | wc -l', 'sh', tree]));
  const options = ['-q', '-t', 'ext4', '-b', '4096', '-O', features, '-N', String(names + 1024), '-d', tree];
  await run('mke2fs', [...options, image, '2g'], { env: environment });
  await run('resize2fs', ['-M', image], { env: environment });
  const shrunk = (await stat(image)).size + 16 * 2 ** 20;
  expect((await stat(join(folder, 'default', 'image'))).size).toBeLessThanOrEqual(1.02 * shrunk);
});

test('the page makes the same bytes', async () => {
  const server = await serve();
  const browser = await launch(server.url);
  try {
    const page = await browser.open();
    await page.choose([closure.archive], closure.manifests);
    await page.build().click();
    await page.finished();
    const saved = join(folder, 'saved');
    await page.save(saved);
    expect(await compareBytes(join(folder, 'default', 'image'), saved)).toBe('');
  } finally {
    await browser.close();
    server.close();
  }
});

const registrationOf = (image: string) => readFromImage(image, '/nix-path-registration');

describe('Nix', () => {
  test('the default registration says what the Nix that made the closure knows', async () => {
    const loaded = await loadDb(closure.nix, await registrationOf(join(folder, 'default', 'image')));
    expect(loaded).toEqual(await pathInfos(closure.nix, closure.storePaths));
  });

  test('without a manifest, the same is found out', async () => {
    const image = join(folder, 'no-manifest');
    await build(image, [closure.archive]);
    const loaded = await loadDb(closure.nix, await registrationOf(image));
    expect(loaded).toEqual(await pathInfos(closure.nix, closure.storePaths));
  });

  test('the original registration is what pathsFromGraph makes, and load-db takes it', async () => {
    const text = await registrationOf(join(folder, 'original', 'image'));
    expect(text.toString()).toBe((await registration(closure.manifests)).toString());
    expect([...(await loadDb(closure.nix, text)).keys()].sort()).toEqual([...closure.storePaths].sort());
  });
});
