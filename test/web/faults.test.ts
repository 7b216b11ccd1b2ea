/** What can go wrong around a build on the page: quota, the tab, the file. After each the next build works. */
import { copyFile, mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/folder.ts';
import { tiny } from '../fixtures/small-closures.ts';
import { file, pack, writeTree } from '../fixtures/tree.ts';
import { type Browser, launch, type StoreimgPage, serve } from './page.ts';

const folder = temporaryFolder();
const archive = join(folder, 'store.tar');
const [storePath] = Object.keys(tiny);
let server: Awaited<ReturnType<typeof serve>>;
let browser: Browser;

beforeAll(async () => {
  const tree = join(folder, 'tree');
  await mkdir(tree);
  await writeTree(tree, { ...tiny, [`${storePath}-2`]: file('some text that is no zeros. '.repeat(14_000_000)) });
  await pack(tree, archive);
  server = await serve();
  browser = await launch(server.url);
});

afterAll(async () => {
  await browser.close();
  server.close();
});

async function buildingOnDisk(page: StoreimgPage): Promise<void> {
  await page.choose([archive]);
  await page.build().click();
  await expect.poll(() => page.scratchFiles(), { timeout: 30_000, interval: 20 }).toHaveLength(1);
}

async function nextBuildWorks(page: StoreimgPage): Promise<void> {
  await expect.poll(() => page.scratchFiles(), { timeout: 5000 }).toEqual([]);
  await page.choose([archive]);
  await page.build().click();
  await page.finished();
  expect(await page.scratchFiles()).toHaveLength(1);
  await page.page.getByRole('button', { name: 'Build another' }).click();
  await expect.poll(() => page.scratchFiles(), { timeout: 5000 }).toEqual([]);
}

test('the quota is reached half-way', async () => {
  const page = await browser.open();
  const devtools = await browser.context.newCDPSession(page.page);
  const { origin } = new URL(server.url);
  await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 100 * 2 ** 20 });
  await page.choose([archive]);
  await page.build().click();
  expect(await page.refusal()).toMatch(/^The storage is full .*free some space/);
  expect(await page.download().count()).toBe(0);
  await devtools.send('Storage.overrideQuotaForOrigin', { origin });
  await nextBuildWorks(page);
  await page.page.close();
});

test('the tab is closed half-way', async () => {
  const page = await browser.open();
  await buildingOnDisk(page);
  await page.page.close({ runBeforeUnload: false });
  const next = await browser.open();
  await nextBuildWorks(next);
  await next.page.close();
});

test('the tab crashes half-way', async () => {
  const page = await browser.open();
  await buildingOnDisk(page);
  const devtools = await browser.context.newCDPSession(page.page);
  const crashed = page.page.waitForEvent('crash');
  void devtools.send('Page.crash').catch(() => {});
  await crashed;
  const next = await browser.open();
  await nextBuildWorks(next);
  await next.page.close();
});

test('leaving the page half-way asks first', async () => {
  const page = await browser.open();
  await buildingOnDisk(page);
  const asked = page.page.waitForEvent('dialog');
  const closing = page.page.close({ runBeforeUnload: true });
  const dialog = await asked;
  expect(dialog.type()).toBe('beforeunload');
  await dialog.dismiss();
  await closing;
  await page.finished();
  await page.page.close();
});

test('the file changes on disk while it is read', async () => {
  const changing = join(folder, 'changing.tar');
  await copyFile(archive, changing);
  const page = await browser.open();
  await page.choose([changing]);
  await writeFile(changing, 'x', { flag: 'r+' });
  await utimes(changing, new Date(), new Date(Date.now() - 10_000));
  await page.build().click();
  expect(await page.refusal()).toMatch(/^changing\.tar can't be read any more/);
  await nextBuildWorks(page);
  await page.page.close();
});
