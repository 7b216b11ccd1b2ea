/** Image bytes are a promise that only a new minor version breaks: sums of one sample, for each option that shapes it. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { build } from '../cli/storeimg.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { manifestOf } from '../fixtures/small-closures.ts';
import { directory, file, hardLinkTo, packTree, symlinkTo, type Tree } from '../fixtures/tree.ts';

/** Of storeimg, major and minor. */
const VERSION = '0.1';

const SUMS: Readonly<Record<string, string>> = {
  '--profile default': '22ea5bbffa2127f451d4afc73b6dbd5091fcd3c3119dd4348aadcd67128e58d9',
  '--profile original': 'ad2c8f083b6b61c8d494d48d196175ab0d95dee13f44a5f4b93bc3eef9f0af5e',
  '--features modern': 'a5f8dddf19bc97a80bd61ca937641b9353c39361c001f0dbaf2704815a8d6112',
  '--features u-boot': 'e7761fa64258981e06dd4bb9677dfc78177dc410aa581c82ac0cdb5a122a4fc7',
  '--journal none': 'a013196d580f7a5a059682aa9865ee89f43e32df2dfce9a789651591950cb994',
  '--reserved 0.5%': 'f35d32c606588a9b890aadffd91bec66ed936523b86d172642aecb56d9fb1e2d',
  '--label ÄÖÜ --uuid 01234567-89ab-cdef-0123-456789abcdef --time 1000000000':
    'a62acfb76c4f1d36e7732de31f918ad631723a573bbb0e0d11817c993ad2a526',
  '--uid 1 --gid 2': '1dedba60b2ae6d46304e8cb9f92cd8d0ff40d20b730c82de1bf19d81c1ce0994',
  '--size 64M': '5376273b94a6dd557ae977f135a154a4dcee7fdec6ccbb18db83230caf2a4041',
  '--headroom 0 --inode-headroom 0': 'd14076fcc1b81b3547982fb9bd88fe31f4da16f7def5a82243de777341441e65',
  '--links copy': 'a84830e1bf103393b28ecfbd3e23e867c916d41a3b0263ce970e91767acc6367',
  '--links dedupe': '004ce3274893974ba6eb13b20d5b48ba9d3bbf48f9418f53c279510589bd1760',
  '--root /nix/store': '008f1f12a1f6077529757d682716d9f6c1245ed3f50f148ba0efc25851e1c773',
  '--registration zero': 'b9c79bad684fedb4a24dc02dcaf321d9cf76359b569cd3a6d34e39a8fbc5f484',
  '--registration none': '894a7a30d8bad43055a9703fda377a080b80dec9377d55d4dd150df64b480749',
  '--index-directories': 'ed484c97c59a72741326dc79a0d6a5b27b042a340302b2f0c9f1cd0505e93ffa',
  '--nixos': '37f3affa20b92542b7f380d7945f16ed4ee1ca4f6e42eb946a77f9303bb4ad0e',
  '--disk mbr': '89f02889241badfed948005738b184ac1cbe2b7277c0d71b702199ce949950ac',
  '--disk gpt': 'b950755e9a3ec864397eb6192e85b2f3459507c3c6c992f139b1813e92852434',
  '--compress gzip': '3614bf9b9cc9ac55cdad4b384deda2a85d00c785abb2bda2916188d47f23b2d5',
  '--compress zstd': '561d2af94bf0c547870db43f15a49bee542eabf61080f260cff4ded1f3eca170',
};

const CHANGED = `These image bytes are not those of ${VERSION}: raise the minor version in package.json, say what changed in CHANGELOG.md, and put the new sums and the version here`;

const A = `nix/store/${'a'.repeat(32)}-system`;
const B = `nix/store/${'b'.repeat(32)}-data`;

/** This test's own: what others try must not change it. */
const sample: Tree = {
  [A]: directory(),
  [`${A}/init`]: file(`#!/${B}/many/1\n`, 0o555),
  [`${A}/init-again`]: hardLinkTo(`${A}/init`),
  [`${A}/link`]: symlinkTo(`/${B}/text`),
  [`${A}/long link`]: symlinkTo('target/'.repeat(100)),
  [B]: directory(),
  [`${B}/text`]: file('some text\n'.repeat(10_000)),
  [`${B}/the same text`]: file('some text\n'.repeat(10_000)),
  [`${B}/hole`]: file({ size: 1_000_000, pieces: [[500_000, 'in the middle']] }),
  ...Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`${B}/many/${index}`, file(`${index}`)])),
  'etc/hostname': file('sample\n', 0o644),
};

const folder = temporaryFolder();
const archive = join(folder, 'sample.tar');
const manifest = join(folder, 'closure-sample');

beforeAll(async () => {
  await packTree(folder, 'sample', sample, '--owner=0', '--group=0');
  await writeFile(manifest, manifestOf(sample));
});

test.each(Object.entries(SUMS))('%s', async (options, sum) => {
  const { image } = await build(join(folder, 'image'), [archive, '--manifest', manifest, ...options.split(' ')]);
  expect(image.writtenSha256, CHANGED).toBe(sum);
});

test('the version is the one whose bytes these are, and the changelog tells of it', async () => {
  const { version } = JSON.parse(await readFile('package.json', 'utf8'));
  expect(version, `See whether these sums hold for ${version}, too, and put that here as VERSION`).toMatch(
    new RegExp(`^${VERSION.replace('.', '\\.')}\\.`),
  );
  expect(await readFile('CHANGELOG.md', 'utf8')).toContain(`\n## ${version}\n`);
});
