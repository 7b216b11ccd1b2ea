/** What can go wrong around a build on the page: quota, the tab, the file. After each the next build works. */
import { randomBytes } from 'node:crypto';
import { copyFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { build } from '../cli/storeimg.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { run } from '../fixtures/process.ts';
import { tiny } from '../fixtures/small-closures.ts';
import { file, packTree } from '../fixtures/tree.ts';
import { compareBytes } from '../oracles/native.ts';
import type { StoreimgPage } from './page.ts';
import { leftoversGo, usePage } from './use-page.ts';

const folder = temporaryFolder();
const archive = join(folder, 'store.tar');
const [storePath] = Object.keys(tiny);
const visit = usePage({ keepsCopy: false });

beforeAll(async () => {
  await packTree(folder, 'store', {
    ...tiny,
    [`${storePath}-2`]: file('some text that is no zeros. '.repeat(14_000_000)),
  });
  await run('zstd', ['-q', archive]);
});

/** A tab that finds nothing of those before it. */
async function opened(): Promise<StoreimgPage> {
  const tab = await visit.open();
  await leftoversGo(tab);
  return tab;
}

/** Begins a build, which does not end before the returned function is called. */
async function buildingOnDisk(page: StoreimgPage): Promise<() => void> {
  const release = visit.hold(/e2fsck-/);
  await page.choose([archive]);
  await page.build().click();
  await page.checking();
  return release;
}

async function nextBuildWorks(page: StoreimgPage): Promise<void> {
  await expect.poll(() => page.scratchFiles()).toEqual([]);
  await page.choose([archive]);
  await page.build().click();
  await page.finished();
  expect(await page.scratchFiles()).toEqual([]);
  await page.page.getByRole('button', { name: 'Build another' }).click();
  await expect.poll(() => page.scratchFiles()).toEqual([]);
}

/** Gives the page so many MiB while something is done. */
async function withQuota({ page }: StoreimgPage, mebibytes: number, act: () => Promise<void>): Promise<void> {
  const devtools = await visit.browser.context.newCDPSession(page);
  const { origin } = new URL(visit.server.url);
  await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: mebibytes * 2 ** 20 });
  try {
    await act();
  } finally {
    await devtools.send('Storage.overrideQuotaForOrigin', { origin });
  }
}

test.each([archive, `${archive}.zst`])(
  'the quota is too small for anything: an image of %s needs none',
  async (given) => {
    const page = await opened();
    await withQuota(page, 100, async () => {
      await page.choose([given]);
      await page.build().click();
      await page.finished();
      await page.save(join(folder, 'full.img'));
    });
    await build(join(folder, 'plain.img'), [archive]);
    expect(await compareBytes(join(folder, 'full.img'), join(folder, 'plain.img'))).toBe('');
    await page.page.getByRole('button', { name: 'Build another' }).click();
    await nextBuildWorks(page);
  },
);

test('the quota is too small for the compressed image', async () => {
  const noise = join(folder, 'noise.tar');
  await packTree(folder, 'noise', { ...tiny, [`${storePath}-2`]: file(randomBytes(2 ** 27).toString('latin1')) });
  const page = await opened();
  await page.select('Compression', 'gzip');
  await withQuota(page, 100, async () => {
    await page.choose([noise]);
    await page.build().click();
    expect(await page.refusal()).toMatch(/^The storage is full .*free some space and build again\.$/);
    expect(await page.download().count()).toBe(0);
  });
  await page.select('Compression', 'none');
  await nextBuildWorks(page);
});

test('cancelled while a compressed archive is expanded, and after it', async () => {
  const page = await opened();
  const release = visit.hold(/e2fsck-/);
  const expanding = () => expect.poll(async () => (await page.scratchFiles()).length, { interval: 20 }).toBe(1);
  // e2fsck comes before the image is written: what was expanded is the one file then, too.
  const expanded = async () => {
    await page.checking();
    expect(await page.scratchFiles()).toHaveLength(1);
  };
  for (const moment of [expanding, expanded]) {
    await page.choose([`${archive}.zst`]);
    await page.build().click();
    await moment();
    await page.cancel().click();
    await expect.poll(() => page.scratchFiles()).toEqual([]);
  }
  release();
  // The next build expands it again.
  await page.build().click();
  await page.finished();
});

test('the tab is closed half-way', async () => {
  const page = await opened();
  const release = await buildingOnDisk(page);
  await page.page.close({ runBeforeUnload: false });
  release();
  await nextBuildWorks(await opened());
});

test('the tab crashes half-way', async () => {
  const page = await opened();
  const release = await buildingOnDisk(page);
  const devtools = await visit.browser.context.newCDPSession(page.page);
  const crashed = page.page.waitForEvent('crash');
  void devtools.send('Page.crash').catch(() => {});
  await crashed;
  release();
  await nextBuildWorks(await opened());
});

test('leaving the page half-way asks first', async () => {
  const page = await opened();
  const release = await buildingOnDisk(page);
  const asked = page.page.waitForEvent('dialog');
  const closing = page.page.close({ runBeforeUnload: true });
  const dialog = await asked;
  expect(dialog.type()).toBe('beforeunload');
  await dialog.dismiss();
  await closing;
  release();
  await page.finished();
});

test('the file changes on disk while it is read', async () => {
  const changing = join(folder, 'changing.tar');
  await copyFile(archive, changing);
  const page = await opened();
  await page.choose([changing]);
  await writeFile(changing, 'x', { flag: 'r+' });
  await utimes(changing, new Date(), new Date(Date.now() - 10_000));
  await page.build().click();
  expect(await page.refusal()).toMatch(/^changing\.tar can't be read any more/);
  await nextBuildWorks(page);
});
