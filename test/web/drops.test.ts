/** Files dropped on the page: where each goes, and what is refused without anything being lost. */
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/folder.ts';
import { manifestOf, tiny } from '../fixtures/small-closures.ts';
import { file, packTree } from '../fixtures/tree.ts';
import type { StoreimgPage } from './page.ts';
import { usePage } from './use-page.ts';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const other = { [`nix/store/${'0'.repeat(32)}-other`]: file('other') };
const visit = usePage({ keepsCopy: false });
let tab: StoreimgPage;

beforeAll(async () => {
  await packTree(folder, 'tiny', tiny);
  await packTree(folder, 'closure-2024', other);
  await writeFile(at('refs.txt'), manifestOf(other));
  await writeFile(at('info'), '{}');
  await writeFile(at('photo.jpg'), '\xff\xd8\xff no archive'.repeat(1000));
});

beforeEach(async () => {
  tab = await visit.open();
});

/** Drops files, or with `isFolder` a folder, on the element that a selector names. */
async function drop(names: readonly string[], target = 'footer', isFolder = false): Promise<void> {
  const files = await Promise.all(
    names.map(async (name) => [basename(name), (await readFile(at(name))).toString('base64')] as const),
  );
  const dataTransfer = await tab.page.evaluateHandle(
    ([files, isFolder]) => {
      const data = new DataTransfer();
      for (const [name, bytes] of files)
        data.items.add(new File([Uint8Array.from(atob(bytes), (char) => char.charCodeAt(0))], name));
      DataTransferItem.prototype.webkitGetAsEntry = () =>
        ({ isDirectory: isFolder, name: files[0]![0] }) as FileSystemEntry;
      return data;
    },
    [files, isFolder] as const,
  );
  await tab.page.dispatchEvent(target, 'drop', { dataTransfer });
}

const chosen = (field: string) =>
  tab.page.getByLabel(field).evaluate((input) => [...(input as HTMLInputElement).files!].map(({ name }) => name));
const archives = () => chosen('Store archive');
const manifests = () => chosen('Closure manifest');

test('what a file is its contents say, not its name', async () => {
  await drop(['closure-2024.tar', 'refs.txt']);
  await expect.poll(archives).toEqual(['closure-2024.tar']);
  expect(await manifests()).toEqual(['refs.txt']);
});

test('archives come after those that are there, one of the same name in its place', async () => {
  await drop(['tiny.tar']);
  await expect.poll(archives).toEqual(['tiny.tar']);
  await drop(['closure-2024.tar']);
  await expect.poll(archives).toEqual(['tiny.tar', 'closure-2024.tar']);
  await drop(['tiny.tar']);
  await expect.poll(archives).toEqual(['closure-2024.tar', 'tiny.tar']);
});

test('an archive takes the place of what is none', async () => {
  await drop(['photo.jpg']);
  expect(await tab.refusal()).toMatch(/photo\.jpg is not a tar archive/);
  await drop(['tiny.tar']);
  await expect.poll(archives).toEqual(['tiny.tar']);
});

test('what is dropped on a field goes there', async () => {
  await tab.select('Partition table', 'mbr');
  await drop(['photo.jpg'], 'input[name=manifests]');
  await drop(['tiny.tar'], '.files:has([name=firmware]) .help');
  await expect.poll(() => chosen('Firmware files')).toEqual(['tiny.tar']);
  expect(await manifests()).toEqual(['photo.jpg']);
  expect(await archives()).toEqual([]);
  await tab.select('Partition table', 'none');
});

test.each([
  ['refs.txt', /refs\.txt is not a tar archive \(a list of store paths, perhaps the closure manifest/],
  ['info', /info is not a tar archive \(JSON, perhaps/],
])('a manifest chosen as the archive is called one: %s', async (name, sentence) => {
  await tab.choose([at(name)]);
  expect(await tab.refusal()).toMatch(sentence);
});

test('a folder is refused, and what was chosen stays', async () => {
  await tab.choose([at('tiny.tar')]);
  await drop(['photo.jpg'], 'footer', true);
  expect(await tab.refusal()).toMatch(/^“photo\.jpg” is a folder: pack it with tar first\.$/);
  expect(await archives()).toEqual(['tiny.tar']);
  await tab.build().click();
  await tab.download().waitFor();
  expect(await tab.alert().textContent()).toBe('');
});

test('a drop ends no build and takes no finished image away', async () => {
  const release = visit.hold(/e2fsck-/);
  await tab.choose([at('tiny.tar')]);
  await tab.build().click();
  await tab.progress().waitFor();
  await drop(['closure-2024.tar']);
  expect(await tab.refusal()).toMatch(/^An image is being built: .*“Cancel”/);
  expect(await tab.progress().count()).toBe(1);
  release();
  await tab.download().waitFor();
  expect(await tab.alert().textContent()).toBe('');
  for (const isFolder of [false, true]) {
    await drop(['closure-2024.tar'], 'footer', isFolder);
    expect(await tab.refusal()).toMatch(/^The finished image would be gone: press “Build another” first/);
    expect(await tab.save(at('tiny.img'))).toBe('tiny.img');
  }
  await tab.page.getByRole('button', { name: 'Build another' }).click();
  expect(await archives()).toEqual([]);
});
