/** What is said beside what happens: for those who hear the page, and of what is not there. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { fromText } from '../../src/core/bytes.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { tiny } from '../fixtures/small-closures.ts';
import { file, packTree } from '../fixtures/tree.ts';
import type { StoreimgPage } from './page.ts';
import { usePage } from './use-page.ts';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const [tinyPath] = Object.keys(tiny).map((path) => path.split('/').slice(0, 3).join('/'));
const visit = usePage();
let tab: StoreimgPage;

beforeAll(async () => {
  await packTree(folder, 'tiny', {
    ...tiny,
    [`${tinyPath}-2/empty`]: file(''),
    [`${tinyPath}-2/binary`]: file('\0\x01'),
    [`${tinyPath}-2/long`]: file('many words. '.repeat(30_000)),
    [`${tinyPath}-2/${fromText('turned\u202egpj.exe')}`]: file('x'),
  });
  await packTree(folder, 'system', { [`nix/store/${'b'.repeat(32)}-nixos-system-host/init`]: file('x', 0o555) });
  await writeFile(at('photo.jpg'), '\xff\xd8\xff no archive'.repeat(1000), 'latin1');
  tab = await visit.open();
});

test('what was found is said in one sentence, and the title says what was refused', async () => {
  await tab.choose([at('tiny.tar')]);
  await tab.page
    .getByRole('status')
    .getByText(/^2 store paths, an image of [\d.]+ MiB$/)
    .waitFor();
  await tab.choose([at('photo.jpg')]);
  expect(await tab.refusal()).toContain('a JPEG picture');
  await expect.poll(() => tab.page.title()).toBe('Refused · storeimg');
});

test('a system that was found is made bootable where it is named', async () => {
  await tab.choose([at('system.tar')]);
  await tab.page.getByRole('button', { name: 'Make the image ready to boot it' }).press('Enter');
  const field = tab.page.getByLabel('Ready to boot NixOS');
  expect(await field.isChecked()).toBe(true);
  expect(await field.evaluate((element) => element === document.activeElement)).toBe(true);
  await field.uncheck();
});

test('a preset of ext4’s features says who reads and writes it', async () => {
  await tab.select('ext4 features', 'u-boot');
  await tab.page.getByText('written by Linux 2.6.28, e2fsprogs 1.42, any U-Boot with ext4 and later').waitFor();
  await tab.select('ext4 features', 'classic');
});

test('a file that is not shown says why; letters stay in order', async () => {
  await tab.page.reload();
  await tab.choose([at('tiny.tar')]);
  await tab.build().click();
  await tab.finished();
  await tab.page.getByText('Look inside', { exact: true }).click();
  const row = (name: string) => tab.page.getByRole('gridcell', { name });
  for (const name of ['nix/', 'store/', `${tinyPath!.split('/').pop()}-2/`]) await row(name).click();
  const chosen = tab.page.getByRole('region', { name: 'The file that was chosen' });
  for (const [name, why] of [
    ['empty', 'It is empty.'],
    ['binary', 'It is no text'],
    ['long', 'It is too long'],
  ] as const) {
    await row(name).click();
    await chosen.getByText(why).waitFor();
    expect(await chosen.getByRole('heading').evaluate((heading) => heading.getBoundingClientRect().top)).toBeLessThan(
      720,
    );
  }
  await row('turned\\xe2\\x80\\xaegpj.exe').waitFor();
});

test('a hash is copied as it is shown; a clipboard that is refused is told of', async () => {
  await visit.browser.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const copy = tab.page.getByRole('button', { name: 'Copy: SHA-256' });
  await copy.click();
  await tab.page.getByText('Copied', { exact: true }).first().waitFor();
  expect(await tab.page.evaluate(() => navigator.clipboard.readText())).toBe(
    await tab.page.locator('.hash').first().textContent(),
  );
  await expect.poll(() => copy.textContent()).toBe('Copy');
  await tab.page.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new DOMException('denied', 'NotAllowedError'));
  });
  await copy.click();
  await tab.page.getByText('select the text and copy it').waitFor();
});
