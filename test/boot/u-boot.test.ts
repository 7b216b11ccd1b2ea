/** Debian's U-Boot lists, reads and, where its features allow, writes our images. */
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import { build } from '../cli/storeimg.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { everyKind } from '../fixtures/small-closures.ts';
import { packTree } from '../fixtures/tree.ts';
import { fsck, readFromImage } from '../oracles/native.ts';
import { ADDRESS, uBoot } from './u-boot.ts';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);

/** Files of many extents, of holes, of nothing. */
const PATHS = Object.keys(everyKind).filter((path) => /-kinds-1\.0\/(comb|holes|4097|bin\/tool)$/.test(path));

beforeAll(async () => {
  await packTree(folder, 'store', everyKind);
});

test.each([
  { features: 'classic', write: /^Unsupported feature metadata_csum found, not writing\./ },
  { features: 'modern', write: /^Unsupported feature metadata_csum found, not writing\./ },
  { features: 'u-boot', write: /4096 bytes written/ },
])('an image of features $features', async ({ features, write }) => {
  const image = at(`${features}.img`);
  await build(image, [at('store.tar'), '--features', features]);

  const [list, ...answers] = await uBoot(image, [
    'ext4ls ide 0 /',
    ...PATHS.flatMap((path) => [`ext4load ide 0 ${ADDRESS} /${path}`, `crc32 ${ADDRESS} \${filesize}`]),
    `ext4write ide 0 ${ADDRESS} /written 1000`,
  ]);
  const written = answers.pop();
  const names = Array.from(list!.matchAll(/^(?:<\w+>)? +\d+ (.*)$/gm), ([, name]) => name);
  expect(names.sort()).toEqual(['.', '..', 'etc', 'home', 'lost+found', 'nix', 'nix-path-registration', 'sbin']);
  for (const path of PATHS) {
    const content = await readFromImage(image, `/${path}`);
    expect(answers.shift()).toMatch(new RegExp(`^${content.length} bytes read`));
    expect(answers.shift()).toMatch(new RegExp(`==> ${crc32(content)}$`));
  }
  expect(written).toMatch(write);
  await fsck(image);
});

/** CRC-32 in hex: gzip ends with it. */
function crc32(bytes: Uint8Array): string {
  return gzipSync(bytes).subarray(-8).readUInt32LE().toString(16).padStart(8, '0');
}
