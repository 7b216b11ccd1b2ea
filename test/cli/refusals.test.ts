/** Archives that are no store, or do harm: one sentence, exit status 1, nothing left behind. */
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/folder.ts';
import { refusedArchives, writeRefusedArchives } from '../fixtures/refused-archives.ts';
import { storeimg } from './storeimg.ts';

const folder = temporaryFolder();
const output = join(folder, 'output');

beforeAll(async () => {
  await mkdir(output);
  await writeRefusedArchives(folder);
});

test('the archive that they are made from is sound', async () => {
  expect(await storeimg(['inspect', '--quiet', join(folder, 'sound.tar')])).toMatchObject({ status: 0 });
});

test.each(refusedArchives)('$what', async ({ file, sentence }) => {
  const { status, stdout, stderr } = await storeimg([
    'build',
    '--quiet',
    '-o',
    join(output, 'image'),
    join(folder, file),
  ]);
  expect(stderr).toMatch(sentence);
  expect(stderr).toMatch(/^storeimg: .*\.\n$/); // One line, a sentence.
  expect({ status, stdout: stdout.toString(), left: await readdir(output) }).toEqual({
    status: 1,
    stdout: '',
    left: [],
  });
});
