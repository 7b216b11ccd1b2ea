/** What the page keeps in the browser, for the next visit and for a reload. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/folder.ts';
import { tiny } from '../fixtures/small-closures.ts';
import { packTree } from '../fixtures/tree.ts';
import { compareBytes } from '../oracles/native.ts';
import { type Browser, launch, type Server, StoreimgPage, serve } from './page.ts';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
let server: Server;
let browser: Browser;

beforeAll(async () => {
  await packTree(folder, 'tiny', tiny);
  server = await serve();
  browser = await launch(server.url);
});

afterAll(async () => {
  await browser.close();
  server.close();
});

async function openWith(options: string): Promise<StoreimgPage> {
  const tab = await browser.open();
  await tab.page.evaluate((kept) => localStorage.setItem('storeimg.options', kept), options);
  await tab.page.reload();
  return tab;
}

/** Builds the sample, which takes no file. */
async function finish(tab: StoreimgPage): Promise<void> {
  await tab.page.getByRole('button', { name: 'Try a sample' }).click();
  await tab.finished();
}

test.each(['null', '[]', 'no JSON', '{"profile":"gone"}', '{"size":5,"headroom":"much","gone":"on"}'])(
  'options that no version of the page has are forgotten: %s',
  async (options) => {
    const tab = await openWith(options);
    await tab.build().waitFor();
    await tab.page.getByText('Options', { exact: true }).click();
    expect(await tab.page.getByLabel('Image size').inputValue()).toBe('fit');
    expect(await tab.page.getByLabel('Free space').inputValue()).toBe('16M');
    await tab.page.close();
  },
);

test('options are kept as soon as they are chosen, but neither what is wrong nor what names one image', async () => {
  const tab = await openWith('{}');
  await tab.page.getByText('Options', { exact: true }).click();
  await tab.select('Journal', 'none');
  await tab.page.getByLabel('Free space').fill('64M');
  await tab.page.getByLabel('Free inodes').fill('many');
  await tab.page.getByLabel('System', { exact: true }).fill('/nix/store/x');
  await tab.fill('Volume label', 'ONCE');
  await tab.page.reload();
  expect(await tab.page.evaluate(() => localStorage.getItem('storeimg.options'))).toBe(
    '{"headroom":"64M","journal":"none"}',
  );
  await tab.page.getByText('Options', { exact: true }).click();
  expect(await tab.page.getByLabel('Journal').inputValue()).toBe('none');
  await tab.page.close();
});

test('a browser that keeps nothing, and throws when it is asked, builds all the same', async () => {
  const tab = await openWith('{}');
  await tab.page.addInitScript(() => {
    for (const name of ['localStorage', 'sessionStorage']) {
      Object.defineProperty(window, name, {
        get() {
          throw new DOMException('cookies are blocked', 'SecurityError');
        },
      });
    }
  });
  await tab.page.reload();
  await tab.page.getByText('Options', { exact: true }).click();
  await tab.select('Journal', 'none');
  await finish(tab);
  await tab.page.getByRole('button', { name: 'Build another' }).click();
  await tab.page.close();
});

test('what an earlier version left of a finished image is forgotten', async () => {
  const tab = await openWith('{}');
  for (const kept of ['{"answer":{}}', 'no JSON']) {
    await tab.page.evaluate((finished) => sessionStorage.setItem('storeimg.finished', finished), kept);
    await tab.page.evaluate(async () => {
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('storeimg', { create: true });
      await folder.getFileHandle('left', { create: true });
    });
    await tab.page.reload();
    await tab.build().waitFor();
    await expect.poll(() => tab.scratchFiles(), { timeout: 5000 }).toEqual([]);
  }
  await tab.page.close();
});

test('a small image survives a reload, too; a duplicated tab does not have it', async () => {
  const tab = await openWith('{}');
  await tab.choose([at('tiny.tar')]);
  await tab.build().click();
  await tab.finished();
  await tab.save(at('tiny.img'));
  await tab.page.reload();
  await tab.finished();
  await tab.save(at('reloaded.img'));
  expect(await compareBytes(at('reloaded.img'), at('tiny.img'))).toBe('');
  const opened = browser.context.waitForEvent('page');
  await tab.page.evaluate(() => void window.open(location.href));
  const copy = new StoreimgPage(await opened);
  await expect.poll(() => copy.page.evaluate(() => sessionStorage.length), { timeout: 5000 }).toBe(0);
  expect(await copy.download().count()).toBe(0);
  expect(await copy.keptImages()).toBe(1);
  await copy.page.close();
  await tab.page.getByRole('button', { name: 'Build another' }).click();
  await expect.poll(() => tab.keptImages(), { timeout: 5000 }).toBe(0);
  await tab.page.close();
});
