/** Images looked into on the page: the one just built, and any that a person brings. */
import { copyFile, mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { build } from '../cli/storeimg.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { run } from '../fixtures/process.ts';
import { everyKind, tiny } from '../fixtures/small-closures.ts';
import { file as fileEntry, packTree, writeTree } from '../fixtures/tree.ts';
import { environment, readFromImage } from '../oracles/native.ts';
import type { StoreimgPage } from './page.ts';
import { leftoversGo, usePage } from './use-page.ts';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const KINDS = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-kinds-1.0';
const MANY = 100_000;
const visit = usePage();

beforeAll(async () => {
  await mkdir(at('tree'));
  await writeTree(at('tree'), everyKind);
  await run('mke2fs', ['-q', '-F', '-t', 'ext4', '-L', 'BROUGHT', '-d', at('tree'), at('native.img'), '64M'], {
    env: environment,
  });
  await packTree(folder, 'closure', everyKind);
});

const list = (tab: StoreimgPage) => tab.page.getByRole('grid');
/** The row of a name. */
const row = (tab: StoreimgPage, name: string) =>
  list(tab)
    .getByRole('row')
    .filter({ has: tab.page.getByRole('gridcell', { name, exact: true }) });
const file = (tab: StoreimgPage) => tab.page.getByRole('region', { name: 'The file that was chosen' });

/** Goes down into a folder, and waits until it is shown. */
async function enter(tab: StoreimgPage, name: string): Promise<void> {
  await row(tab, `${name}/`).click();
  await tab.page.getByRole('grid', { name: `What is in ${name}` }).waitFor();
}

async function saved(tab: StoreimgPage, path: string): Promise<string> {
  const started = tab.page.waitForEvent('download');
  await file(tab).getByRole('button', { name: 'Download file' }).click();
  const download = await started;
  await download.saveAs(path);
  return download.suggestedFilename();
}

const cells = async (found: Locator) =>
  (await found.getByRole('gridcell').allTextContents()).map((text) => text.trim());

test('the sample is built, looked into, a text read, a file taken out of it byte by byte', async () => {
  const tab = await visit.open();
  await tab.page.getByRole('button', { name: 'Try a sample' }).click();
  await tab.finished();
  await tab.save(at('sample.img'));
  await tab.page.getByText('Look inside', { exact: true }).click();
  await enter(tab, 'nix');
  await row(tab, 'store/').waitFor();
  await tab.page.getByRole('button', { name: 'Root' }).click();
  await row(tab, 'nix-path-registration').click();
  const registration = await readFromImage(at('sample.img'), '/nix-path-registration');
  const shown = file(tab).getByRole('region', { name: 'Text of nix-path-registration' });
  expect(await shown.locator('pre').evaluate((element) => element.textContent)).toBe(registration.toString());
  expect(await saved(tab, at('registration'))).toBe('nix-path-registration');
  expect((await readFile(at('registration'))).equals(registration)).toBe(true);
});

test('a large file is taken out of an image that is not copied', async () => {
  const large = `nix/store/${'z'.repeat(32)}-large`;
  await packTree(folder, 'large', { ...tiny, [large]: fileEntry('some text that is no zeros. '.repeat(3_000_000)) });
  const tab = await visit.open();
  await tab.choose([at('large.tar')]);
  await tab.build().click();
  await tab.finished();
  expect(await tab.scratchFiles()).toEqual([]);
  await tab.page.getByText('Look inside', { exact: true }).click();
  await enter(tab, 'nix');
  await enter(tab, 'store');
  await row(tab, `${'z'.repeat(32)}-large`).click();
  await saved(tab, at('large'));
  await run('cmp', [at('large'), at(`large.tree/${large}`)]);
  expect(await file(tab).locator('pre').count()).toBe(0);
});

test('an image that native mke2fs made is looked into when it is chosen in place of an archive', async () => {
  const tab = await visit.open();
  // An image on the browser's disk that an earlier test made.
  await leftoversGo(tab);
  await tab.choose([at('native.img')]);
  await tab.page.getByRole('heading', { name: 'Inside native.img' }).waitFor();
  await tab.page.getByText('BROUGHT', { exact: true }).waitFor();
  expect(await tab.alert().locator('p').count()).toBe(0);
  await enter(tab, 'nix');
  await enter(tab, 'store');
  await enter(tab, KINDS);
  expect(await cells(row(tab, '4097'))).toEqual(['4097', '4.0 KiB', '-r--r--r--', '0:0']);
  await row(tab, 'comb').click();
  await file(tab).getByText('File', { exact: true }).waitFor();
  expect(await saved(tab, at('comb'))).toBe('comb');
  await run('cmp', [at('comb'), at(`tree/nix/store/${KINDS}/comb`)]);
  await enter(tab, 'modes');
  expect((await cells(row(tab, 'all')))[2]).toBe('-rwsrwsrwt');
  expect((await cells(row(tab, 'set-uid')))[2]).toBe('-r-sr-xr-x');
  expect((await cells(row(tab, 'sticky/')))[2]).toBe('drwxrwxrwt');
  await tab.page.getByRole('button', { name: KINDS }).click();
  await enter(tab, 'links');
  await row(tab, 'relative → ../bin/tool').click();
  await file(tab).getByText('../bin/tool', { exact: true }).waitFor();
  // Nothing was copied into the browser's storage.
  expect(await tab.scratchFiles()).toEqual([]);
  // Without the image the form is there again.
  await tab.page.getByRole('button', { name: 'Remove native.img' }).click();
  await tab.page.getByLabel('Closure manifest').waitFor();
});

test('an image dropped anywhere on the page is looked into', async () => {
  await mkdir(at('small.tree'));
  await writeTree(at('small.tree'), { 'a text': fileEntry('was dropped') });
  await run('mke2fs', ['-q', '-F', '-t', 'ext4', '-d', at('small.tree'), at('small.img'), '1M'], { env: environment });
  const tab = await visit.open();
  const dropped = await tab.page.evaluateHandle(
    (base64) => {
      const data = new DataTransfer();
      const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
      data.items.add(new File([bytes], 'small.img'));
      return data;
    },
    (await readFile(at('small.img'))).toString('base64'),
  );
  await tab.page.dispatchEvent('footer', 'drop', { dataTransfer: dropped });
  await tab.page.getByRole('heading', { name: 'Inside small.img' }).waitFor();
  await row(tab, 'a text').click();
  await file(tab).getByText('was dropped', { exact: true }).waitFor();
});

test('names that are no text are shown, and found by what can be typed of them', async () => {
  const tab = await visit.open();
  await tab.choose([at('native.img')]);
  await enter(tab, 'nix');
  await enter(tab, 'store');
  await enter(tab, 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb-names');
  await tab.page.getByRole('searchbox', { name: 'Find a name here' }).fill('INVALID utf-8');
  await tab.page.getByText(/^1 of \d+ names$/).waitFor();
  await row(tab, '\\xfc invalid UTF-8 \\xff').click();
  await saved(tab, at('odd'));
  expect(await file(tab).locator('pre').count()).toBe(0);
  expect((await readFile(at('odd'))).equals(Buffer.from('this is \xfc invalid UTF-8 \xff', 'latin1'))).toBe(true);
});

test('a folder of 100,000 names: few rows are made, the keyboard reaches all of them', async () => {
  await copyFile(at('native.img'), at('many.img'));
  await truncate(at('many.img'), 256 * 2 ** 20);
  await run('mke2fs', ['-q', '-F', '-t', 'ext4', '-N', `${MANY + 100}`, at('many.img')], { env: environment });
  await mkdir(at('point'));
  await run('mount', ['-o', 'loop', at('many.img'), at('point')]);
  const fill =
    'mkdir "$1"/many && cd "$1"/many && seq -f "%06.0f" 1 "$2" | xargs touch && mkdir zone && echo deep > zone/in';
  await run('sh', ['-c', fill, 'sh', at('point'), `${MANY}`]).finally(() => run('umount', [at('point')]));

  const tab = await visit.open();
  const { keyboard } = tab.page;
  await tab.choose([at('many.img')]);
  await enter(tab, 'many');
  await tab.page.getByText('100,001 names', { exact: true }).waitFor();
  expect(await list(tab).getAttribute('aria-rowcount')).toBe(`${MANY + 2}`);
  expect(await list(tab).getByRole('row').count()).toBeLessThan(100);
  const current = () =>
    list(tab).evaluate((grid) => {
      const element = document.getElementById(grid.getAttribute('aria-activedescendant')!)!;
      const [own, all] = [element.getBoundingClientRect(), grid.getBoundingClientRect()];
      const isInSight = own.top >= all.top - 1 && own.bottom <= all.bottom + 1;
      return `${element.querySelector('td')!.textContent} ${isInSight}`;
    });
  await list(tab).focus();
  expect(await current()).toBe('zone/ true');
  await keyboard.press('End');
  await expect.poll(current).toBe('100000 true');
  expect(await list(tab).getByRole('row').count()).toBeLessThan(100);
  await keyboard.press('ArrowUp');
  await expect.poll(current).toBe('099999 true');
  await keyboard.press('Home');
  await keyboard.press('Enter');
  await tab.page.getByRole('grid', { name: 'What is in zone' }).waitFor();
  expect(await list(tab).evaluate((grid) => grid === document.activeElement)).toBe(true);
  // Back up, to where one was.
  await keyboard.press('Backspace');
  await tab.page.getByRole('grid', { name: 'What is in many' }).waitFor();
  await expect.poll(current).toBe('zone/ true');
  await list(tab).evaluate((grid) => grid.scrollTo(0, grid.scrollHeight / 2));
  await row(tab, '050000').waitFor();
});

test('a disk opens at its Linux partition', async () => {
  await build(at('disk.img'), [at('closure.tar'), '--disk', 'mbr']);
  const tab = await visit.open();
  await tab.choose([at('disk.img')]);
  await tab.page.getByRole('heading', { name: 'Inside disk.img' }).waitFor();
  await row(tab, 'nix/').waitFor();
});

test('an image that was cut off, or is damaged, says so', async () => {
  const tab = await visit.open();
  await copyFile(at('native.img'), at('cut.img'));
  await truncate(at('cut.img'), 2 ** 20);
  await tab.choose([at('cut.img')]);
  expect(await tab.refusal()).toMatch(/^cut\.img is not an ext4 image \(.* it was cut off\): give an \.img/);
  const bytes = await readFile(at('native.img'));
  bytes.fill(0xff, 2048, 10_000);
  await writeFile(at('damaged.img'), bytes);
  await tab.choose([at('damaged.img')]);
  await tab.page.getByRole('heading', { name: 'Inside damaged.img' }).waitFor();
  expect(await tab.refusal()).toMatch(/^damaged\.img is not an ext4 image \(/);
  await tab.choose([at('closure.tar')]);
  await tab.page.getByText('Contents were read').waitFor();
  expect(await tab.alert().locator('p').count()).toBe(0);
});
