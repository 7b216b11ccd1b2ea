/** What the command line refuses the page refuses, in the same words, with nothing left in its storage. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/folder.ts';
import { refusedArchives, writeRefusedArchives } from '../fixtures/refused-archives.ts';
import { type Browser, launch, type StoreimgPage, serve } from './page.ts';

const folder = temporaryFolder();
let server: Awaited<ReturnType<typeof serve>>;
let browser: Browser;
let page: StoreimgPage;

beforeAll(async () => {
  await writeRefusedArchives(folder);
  server = await serve();
  browser = await launch(server.url);
  page = await browser.open();
});

afterAll(async () => {
  await browser.close();
  server.close();
});

test.each(refusedArchives)('$what', async ({ file, sentence }) => {
  await page.choose([join(folder, file)]);
  await page.build().click();
  expect(await page.refusal()).toMatch(sentence);
  expect(await page.download().count()).toBe(0);
  expect(await page.scratchFiles()).toEqual([]);
});
