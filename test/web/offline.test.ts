/** The page without its server: a copy in the browser does the same, and a newer one waits until it is asked for. */
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/folder.ts';
import { fsck } from '../oracles/native.ts';
import type { StoreimgPage } from './page.ts';
import { usePage } from './use-page.ts';

const folder = temporaryFolder();
const visit = usePage();
let tab: StoreimgPage;

beforeAll(async () => {
  tab = await visit.open();
  await tab.page.evaluate(() => navigator.serviceWorker.ready);
});

test('a newer version is offered, and nothing changes before it is taken', async () => {
  await tab.page.reload();
  visit.server.renew('sw.js');
  await tab.page.evaluate(async () => (await navigator.serviceWorker.ready).update());
  const offer = tab.page.getByRole('button', { name: 'Change to the newer version' });
  await offer.waitFor();
  // A build under way is not offered anything.
  await tab.page.evaluate(() => {
    const offered: boolean[] = [];
    Object.assign(window, { offered });
    new MutationObserver(() => {
      if (document.querySelector('progress')) offered.push(document.body.textContent.includes('newer version'));
    }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  });
  await tab.page.getByRole('button', { name: 'Try a sample' }).click();
  await tab.finished();
  const offered = await tab.page.evaluate(() => (window as unknown as { offered: boolean[] }).offered);
  expect([...new Set(offered)]).toEqual([false]);
  expect(await offer.count()).toBe(0);
  await tab.page.getByRole('button', { name: 'Build another' }).click();
  await Promise.all([tab.page.waitForEvent('load'), offer.click()]);
  await tab.build().waitFor();
  expect(await offer.count()).toBe(0);
});

test('with the server stopped, the reloaded page builds an image', async () => {
  visit.server.close();
  await tab.page.reload();
  await tab.page.getByRole('button', { name: 'Try a sample' }).click();
  await tab.finished();
  await tab.save(join(folder, 'sample.img'));
  await fsck(join(folder, 'sample.img'));
});
