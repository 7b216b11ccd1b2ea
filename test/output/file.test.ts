/** The written file: its holes, its hashes, its block map. */
import { randomBytes } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { build, storeimg } from '../cli/storeimg.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { run } from '../fixtures/process.ts';
import { kinds, manifestOf } from '../fixtures/small-closures.ts';
import { file, packTree } from '../fixtures/tree.ts';
import { fsck } from '../oracles/native.ts';

const folder = temporaryFolder();
const archive = join(folder, 'small.tar');
const SIZE = 120 * 2 ** 20;
const sized = [archive, '--size', '120M'];

beforeAll(async () => {
  await packTree(folder, 'small', { ...kinds, 'closure-small': file(manifestOf(kinds)) });
});

/** Bytes that a file takes on its disk. */
const allocated = async (path: string) => (await stat(path)).blocks * 512;

test('--sparse keeps holes; without it every block of the file is allocated', async () => {
  const [sparse, full] = [join(folder, 'sparse.img'), join(folder, 'full.img')];
  await build(sparse, [...sized, '--sparse']);
  await build(full, sized);
  expect(await allocated(sparse)).toBeLessThan(SIZE / 5);
  expect(await allocated(full)).toBeGreaterThanOrEqual(SIZE);
  await run('cmp', [sparse, full]);
});

test('the summary has a line that sha256sum checks', async () => {
  const image = join(folder, 'summed.img');
  const { stdout } = await storeimg(['build', '--quiet', archive, '-o', image]);
  const line = /^[0-9a-f]{64} {2}summed\.img$/m.exec(stdout.toString())![0];
  await run('sha256sum', ['--check'], { cwd: folder, input: `${line}\n` });
});

test.each(['none', 'mbr', 'gpt'])('--bmap, --disk %s: bmaptool checks and copies it over anything', async (disk) => {
  const image = join(folder, `${disk}.img`);
  const { image: facts } = await build(image, [...sized, '--bmap', '--disk', disk]);
  expect(facts.bmap).toBe(`${image}.bmap`);
  const map = await readFile(facts.bmap, 'utf8');
  // Little but inode tables and a journal is in use.
  const mapped = Number(/<MappedBlocksCount>(\d+)</.exec(map)![1]) * 4096;
  expect(mapped).toBeLessThan(SIZE / 3);

  const used = join(folder, `${disk}-used.img`);
  await writeFile(used, randomBytes(facts.writtenBytes));
  await run('bmaptool', ['copy', '--bmap', facts.bmap, image, used]);
  const start = disk === 'none' ? 0 : 8 * 2 ** 20;
  const flashed = join(folder, `${disk}-filesystem.img`);
  await writeFile(flashed, (await readFile(used)).subarray(start, start + facts.bytes));
  await fsck(flashed);
  if (disk !== 'none') await run('sfdisk', ['--verify', used]);
});

test('a block map that an earlier image left beside this one is warned of', async () => {
  const image = join(folder, 'again.img');
  const { warnings } = await build(image, [...sized, '--bmap']);
  const warning = expect.stringContaining(`${image}.bmap was made for an earlier image`);
  expect((await build(image, sized)).warnings).toEqual([...warnings, warning]);
  expect(warnings).not.toContainEqual(warning);
});

test('--bmap beside a stream is refused', async () => {
  const { status, stderr } = await storeimg(['build', '--quiet', archive, '--bmap', '-o', '-']);
  expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('block map') });
});
