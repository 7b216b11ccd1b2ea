/** Compressed images: the native tools expand them to the very image, and nothing of when or where shows in them. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { build, storeimg } from '../cli/storeimg.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { run } from '../fixtures/process.ts';
import { kinds, manifestOf } from '../fixtures/small-closures.ts';
import { file, packTree } from '../fixtures/tree.ts';

const folder = temporaryFolder();
const archive = join(folder, 'small.tar');
const plain = join(folder, 'plain.img');
const words = [archive, '--size', '100M'];

beforeAll(async () => {
  await packTree(folder, 'small', { ...kinds, 'closure-small': file(manifestOf(kinds)) });
  await build(plain, words);
});

describe.each([
  ['gzip', 'gz'],
  ['zstd', 'zst'],
])('--compress %s', (compress, ending) => {
  const image = join(folder, `small.img.${ending}`);

  test('expands to the very image, with a hash of each', async () => {
    const report = await build(image, [...words, '--compress', compress]);
    await run(compress, ['--test', image]);
    const expanded = join(folder, `${compress}.img`);
    await writeFile(expanded, await run(compress, ['--decompress', '--stdout', image]));
    await run('cmp', [plain, expanded]);
    const sums = `${report.image.sha256}  ${plain}\n${report.image.writtenSha256}  ${image}\n`;
    await run('sha256sum', ['--check'], { input: sums });
    expect(report.image).toMatchObject({ bytes: 100 * 2 ** 20, writtenBytes: (await readFile(image)).length });
    expect(report.image.writtenBytes).toBeLessThan(2 ** 20);
  });

  test('the same bytes under another name and on a stream, nothing left beside it', async () => {
    const first = await readFile(image);
    const { status, stdout } = await storeimg(['build', '--quiet', ...words, '--compress', compress, '-o', '-']);
    expect(status).toBe(0);
    expect(stdout.equals(first)).toBe(true);
    expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('named after the archive, its block map after the image that is inside', async () => {
    await run('rm', ['-f', image]);
    const { status } = await storeimg(['build', '--quiet', ...words, '--compress', compress, '--bmap']);
    expect(status).toBe(0);
    const flashed = join(folder, `${compress}-flashed.img`);
    await run('bmaptool', ['copy', '--bmap', join(folder, 'small.img.bmap'), image, flashed]);
    await run('cmp', [plain, flashed]);
  });
});
