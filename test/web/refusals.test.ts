/** What the command line refuses the page refuses, in the same words, with nothing left in its storage. */
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/folder.ts';
import { refusedArchives, writeRefusedArchives } from '../fixtures/refused-archives.ts';
import type { StoreimgPage } from './page.ts';
import { usePage } from './use-page.ts';

const folder = temporaryFolder();
const visit = usePage();
let page: StoreimgPage;

beforeAll(async () => {
  await writeRefusedArchives(folder);
  page = await visit.open();
});

test.each(refusedArchives)('$what', async ({ file, sentence }) => {
  await page.choose([join(folder, file)]);
  await page.build().click();
  await page.alert().getByText(sentence).waitFor();
  expect(await page.download().count()).toBe(0);
  expect(await page.scratchFiles()).toEqual([]);
});
