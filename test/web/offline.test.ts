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

test('a newer version waits for tabs that work, and reloads none but the one where it was taken', async () => {
  const other = await visit.open();
  visit.server.renew('sw.js');
  await tab.page.reload();
  await tab.page.evaluate(async () => (await navigator.serviceWorker.ready).update());
  const offer = tab.page.getByRole('button', { name: 'Change to the newer version' });
  await offer.waitFor();
  await other.page.getByRole('button', { name: 'Try a sample' }).click();
  await other.finished();
  await offer.click();
  expect(await tab.refusal()).toMatch(/^Another tab is building an image, or has one finished/);
  await other.page.getByRole('button', { name: 'Build another' }).click();
  await other.fill('Volume label', 'KEPT');
  await Promise.all([tab.page.waitForEvent('load'), offer.click()]);
  await tab.build().waitFor();
  const another = other.page.getByRole('button', { name: 'Change to the newer version' });
  await another.waitFor();
  expect(await other.page.getByLabel('Volume label').inputValue()).toBe('KEPT');
  await Promise.all([other.page.waitForEvent('load'), another.click()]);
  await other.page.close();
});

test('with the server stopped, the reloaded page builds an image', async () => {
  visit.server.close();
  await tab.page.reload();
  await tab.page.getByRole('button', { name: 'Try a sample' }).click();
  await tab.finished();
  await tab.save(join(folder, 'sample.img'));
  await fsck(join(folder, 'sample.img'));
});
