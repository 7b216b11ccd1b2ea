/** ext4's features: whoever is said to read a preset reads it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { storeimg } from '../cli/storeimg.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { run } from '../fixtures/process.ts';
import { everyKind } from '../fixtures/small-closures.ts';
import { packTree, unpack } from '../fixtures/tree.ts';
import { DEFAULT_PROFILE } from '../oracles/kernel.ts';
import { environment } from '../oracles/native.ts';
import { satisfiesEveryOracle } from './oracles.ts';

const folder = temporaryFolder();
const archive = join(folder, 'store.tar');
const tree = join(folder, 'tree');
const path = 'etc/hostname';
const content = 'storeimg\n';

beforeAll(async () => {
  await packTree(folder, 'store', everyKind);
  await unpack(archive, tree);
});

describe.each([
  ['classic', 'none', '0%'],
  ['modern', 'default', '0.5%'],
  ['modern', 'none', '50'],
  ['u-boot', 'default', '5%'],
])('features %s, journal %s, reserved %s', (features, journal, reserved) => {
  const own = join(folder, `${features}-${journal}`);
  const image = join(own, 'image');
  mkdirSync(own);
  satisfiesEveryOracle({
    folder: own,
    words: [archive, '--features', features, '--journal', journal, '--reserved', reserved],
    tree,
    expectation: DEFAULT_PROFILE,
  });

  test('the superblock says so', async () => {
    const facts = (await run('dumpe2fs', ['-h', image], { env: environment })).toString();
    const fact = (name: string) => new RegExp(`^${name}: +(.*)$`, 'm').exec(facts)![1]!;
    const has = new Set(fact('Filesystem features').split(' '));
    expect({
      has_journal: has.has('has_journal'),
      orphan_file: has.has('orphan_file'),
      metadata_csum_seed: has.has('metadata_csum_seed'),
      metadata_csum: has.has('metadata_csum'),
      '64bit': has.has('64bit'),
    }).toEqual({
      has_journal: journal === 'default',
      orphan_file: features === 'modern' && journal === 'default',
      metadata_csum_seed: features === 'modern',
      metadata_csum: features !== 'u-boot',
      '64bit': features !== 'u-boot',
    });
    const share = Number.parseFloat(reserved) / 100;
    expect(fact('Reserved block count')).toBe(String(Math.floor(share * Number(fact('Block count')))));
    expect(Number(fact('Free blocks')) * 4096).toBeGreaterThanOrEqual(16 * 2 ** 20);
    expect(Number(fact('Free inodes'))).toBeGreaterThanOrEqual(1024);
  });

  test('GRUB reads it', async () => {
    expect((await run('grub-fstest', [image, 'cat', `/${path}`])).toString()).toBe(content);
  });

  test('7-Zip reads it', async () => {
    expect((await run('7zz', ['x', '-so', image, path])).toString()).toBe(content);
  });
});

test.each(['51%', '-1', '5 %', '1e1', '0.1234567%', ''])('--reserved=%s is refused in a sentence', async (text) => {
  const { status, stderr } = await storeimg(['build', '--quiet', archive, `--reserved=${text}`]);
  expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringMatching(/--reserved.*percentage.*\.\n$/) });
});

test('check names every feature as dumpe2fs does', async () => {
  const image = join(folder, 'other.img');
  const features = 'bigalloc,encrypt,verity,casefold,quota,project,inline_data,mmp,ea_inode,fast_commit,^resize_inode';
  await run('mke2fs', ['-q', '-t', 'ext4', '-O', features, image, '64M'], { env: environment });
  const native = (await run('dumpe2fs', ['-h', image], { env: environment })).toString();
  const { stdout } = await storeimg(['check', '--json', image]);
  const named = /^Filesystem features: +(.*)$/m.exec(native)![1]!.split(' ');
  expect(JSON.parse(stdout.toString()).features.sort()).toEqual(named.sort());
});
