/** Image bytes are a promise that only a new minor version breaks: sums of one sample, for each option that shapes it. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { build } from '../cli/storeimg.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { manifestOf } from '../fixtures/small-closures.ts';
import { directory, file, hardLinkTo, packTree, symlinkTo, type Tree } from '../fixtures/tree.ts';

/** Of storeimg, major and minor. */
const VERSION = '0.2';

const SUMS: Readonly<Record<string, string>> = {
  '--profile default': '540a8235f7fb023fb3fdb3111c28fd4c367ebe3a14e0f1cd3a65e68c808e3d54',
  '--profile original': 'ad2c8f083b6b61c8d494d48d196175ab0d95dee13f44a5f4b93bc3eef9f0af5e',
  '--features modern': 'f85f28dbeb454dbe10aff904ef30267268ff46bb88c798d82c93c79f19dd3c94',
  '--features u-boot': 'c2583befdc8d582cbe1ec7094aa3e531318714478d5f5078b1f241c849bea839',
  '--journal none': 'b091ed18c5270c1d68cf2bb903b7da7ed4039da9b8130e68066e643ece798500',
  '--reserved 0.5%': '90617edb416a604b6fcdafb9f86c1848f0170e059dcf2154757abff33014cc0e',
  '--label ÄÖÜ --uuid 01234567-89ab-cdef-0123-456789abcdef --time 1000000000':
    '9f371f4abb7b9d76dbe14fb47c64631d28583d3bc4861ca725f09f5b960adaf2',
  '--uid 1 --gid 2': '826a488fd0381c46517b643fc39f041f6e7727f72562743d71de3c695d5bed21',
  '--size 64M': '5376273b94a6dd557ae977f135a154a4dcee7fdec6ccbb18db83230caf2a4041',
  '--headroom 0 --inode-headroom 0': 'd14076fcc1b81b3547982fb9bd88fe31f4da16f7def5a82243de777341441e65',
  '--links copy': 'dadac5bfaa7d23fdfb758b9e771851e3fc7a1297a10dd5b99ac0dbc9487056bc',
  '--links dedupe': '633d0d09b6240357e5949dc3f90a1335c8f1c60f1f5bd4b08b9a109213852979',
  '--root /nix/store': '66048e27411033f50e5398e7a554afb35f409f2a9a1927b041f2e58f13292bc0',
  '--registration zero': '11da52403d4ec539f95f845126be8ceebd942ecc5ea13e25e896f66d49188cb6',
  '--registration none': '68aeedb3989ffb0fe0c99fd66859f98bef9a62bd501ebf9f29401333857f6c87',
  '--index-directories': '3fc59a97597e9fe0d1899a13a2f79708763ac59383adfaf8c2399b5b5fdc2fd8',
  '--nixos': 'ec008305ef9483c30db684b322bb0fec713e727009b80cfa1cf5cd39c5bc8887',
  '--disk mbr': 'bb2bdbbac8c96d1a3585f330037abd32c075c28dd8b5f32760d1239f92b949ee',
  '--disk gpt': 'fff866d3e83b0c0c98a7cb440ba05f92cbdcb971dbde54587ceb6898bdc1d7a7',
  '--compress gzip': '10812b9ca4d55dbe9f7de3aa1c078268b5cbaefa8ae9bc48b88255ea3d92025e',
  '--compress zstd': '54d6016d017016025ce4880317ab5e9459c510a50808354f511e12e8c5e0717b',
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
