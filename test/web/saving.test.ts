/** Where a finished image can't be saved, or is gone, that is said: it is no defect. */
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Download } from 'playwright-core';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { build } from '../cli/storeimg.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { run } from '../fixtures/process.ts';
import { tiny } from '../fixtures/small-closures.ts';
import { file, packTree } from '../fixtures/tree.ts';
import { compareBytes } from '../oracles/native.ts';
import type { StoreimgPage } from './page.ts';
import { usePage } from './use-page.ts';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const archive = at('tiny.tar');
const visit = usePage({ keepsCopy: false });

beforeAll(async () => {
  await packTree(folder, 'tiny', tiny);
});

test('the disk that it is saved on is full', async () => {
  const tab = await visit.open();
  await tab.page.addInitScript(() => {
    const target = new WritableStream({
      write() {
        throw new DOMException('no room', 'QuotaExceededError');
      },
    });
    Object.assign(window, { showSaveFilePicker: async () => ({ createWritable: async () => target }) });
  });
  await tab.page.reload();
  await tab.choose([archive]);
  await tab.build().click();
  await tab.finished();
  await tab.page.getByRole('button', { name: 'Save as…' }).click();
  await tab.page
    .getByText('The image could not be saved (no room): choose another place, or use “Download image”.')
    .waitFor();
  await tab.page.close();
});

/** A tab with the archive's image, which is not hashed before the returned function is called. */
async function finished(given: string): Promise<[tab: StoreimgPage, release: () => void]> {
  const tab = await visit.open();
  const release = visit.hold(/reader-/);
  await tab.choose([given]);
  await tab.build().click();
  await tab.finished();
  return [tab, release];
}

test('the browser has cleared its storage before the image was hashed', async () => {
  await run('zstd', ['--quiet', '--force', archive]);
  const [tab, release] = await finished(`${archive}.zst`);
  await tab.page.evaluate(async () =>
    (await navigator.storage.getDirectory()).removeEntry('storeimg', { recursive: true }),
  );
  release();
  await tab.page.getByText(/^tiny\.tar(\.zst)? can't be read any more \(.*\): .*choose it again\.$/).waitFor();
});

test('the archive is another before the image is saved', async () => {
  const changing = at('changing.tar');
  await copyFile(archive, changing);
  const [tab, release] = await finished(changing);
  await writeFile(changing, 'x', { flag: 'a' });
  release();
  await tab.page.getByText(/^changing\.tar can't be read any more \(.*\): it was moved or changed/).waitFor();
  await tab.download().click();
  const said = tab.page.getByText(/^changing\.tar can't be read any more \(.*\), so the image that reads it is gone/);
  await said.waitFor();
});

describe('streamed by the service worker', () => {
  let tab: StoreimgPage;
  const many = at('many.tar');
  const streaming = usePage();

  beforeAll(async () => {
    const [storePath] = Object.keys(tiny);
    const files = Array.from({ length: 1500 }, (_, index) => [
      `${storePath}-files/${index}`,
      file(`${index} `.repeat(9)),
    ]);
    const large = file('some text that is no zeros. '.repeat(12_000_000));
    await packTree(folder, 'many', { ...tiny, ...Object.fromEntries(files), [`${storePath}-large`]: large });
    await build(at('many.img'), [many]);
  });

  beforeEach(async () => {
    tab = await streaming.open();
    await tab.page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
    await tab.choose([many]);
    await tab.build().click();
    await tab.finished();
    await tab.page.getByRole('button', { name: 'Save .sha256' }).waitFor();
  });

  /** Begins a download whose bytes wait once some were taken. */
  async function begun(): Promise<Download> {
    const started = tab.page.waitForEvent('download');
    await tab.download().click();
    const download = await started;
    await tab.page.getByText(/^Saving: \d+ %, .* Keep this page open/).waitFor();
    return download;
  }

  test('the bytes of the command line, and word of the end', async () => {
    await tab.save(at('streamed.img'));
    expect(await compareBytes(at('streamed.img'), at('many.img'))).toBe('');
    await tab.page.getByText('The image is with the browser’s downloads').waitFor();
  });

  test.each<[who: string, ends: (download: Download) => Promise<unknown>]>([
    ['the person', (download) => download.cancel()],
    [
      'the browser, with the service worker',
      async () => {
        const devtools = await streaming.browser.context.newCDPSession(tab.page);
        await devtools.send('ServiceWorker.enable');
        await devtools.send('ServiceWorker.stopAllWorkers');
      },
    ],
  ])('cut short by %s: it is told, and can be done again', async (_, ends) => {
    const download = await begun();
    await ends(download);
    await tab.page.getByText(/^The download was cut short \(.*\): remove what was saved/).waitFor();
    expect(await download.failure()).not.toBeNull();
    await tab.save(at('again.img'));
    expect(await compareBytes(at('again.img'), at('many.img'))).toBe('');
  });

  test('cut short by a change of the archive: the browser fails, and the page says why', async () => {
    const changing = at('changing-many.tar');
    await copyFile(many, changing);
    await tab.page.getByRole('button', { name: 'Build another' }).click();
    await tab.choose([changing]);
    await tab.build().click();
    await tab.finished();
    const download = await begun();
    await writeFile(changing, 'x', { flag: 'a' });
    await tab.page
      .getByText(/^changing-many\.tar can't be read any more .* a download under way is not whole/)
      .waitFor();
    expect(await download.failure()).not.toBeNull();
  });
});
