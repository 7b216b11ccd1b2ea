/** The page, as a person meets it, on small closures. */
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { build } from '../cli/storeimg.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { everyKind, manifestOf, tiny } from '../fixtures/small-closures.ts';
import { file, packTree, type Tree } from '../fixtures/tree.ts';
import { compareBytes, fsck } from '../oracles/native.ts';
import { launch, type StoreimgPage } from './page.ts';
import { usePage } from './use-page.ts';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const visit = usePage({ keepsCopy: false });
let page: StoreimgPage;

const packed = (name: string, tree: Tree) => packTree(folder, name, tree);

beforeAll(async () => {
  const [storePath] = Object.keys(tiny);
  await packed('closure', everyKind);
  await packed('fifo', { ...tiny, 'nix/store/fifo': { type: 'fifo' } });
  await packed('etc', { 'etc/passwd': file() });
  await packed('large', { ...tiny, [`${storePath}-2`]: file('some text that is no zeros. '.repeat(8_000_000)) });
  await packed('cut', { ...tiny, [`${storePath}-2`]: file('x'.repeat(100_000)) });
  await truncate(at('cut.tar'), 50_000);
  await writeFile(at('empty.tar'), '');
  await writeFile(at('text.tar'), 'This is no archive.\n'.repeat(100));
  await writeFile(at('closure-x'), manifestOf(everyKind));
  page = await visit.open();
});

test('builds what the command line builds, from files that were chosen', async () => {
  await page.choose([at('closure.tar')], [at('closure-x')]);
  await page.fill('Volume label', 'SMALL');
  await page.fill('UUID', '01234567-89AB-cdef-0123-456789abcdef');
  await page.build().click();
  await page.finished();
  expect(await page.save(at('page.img'))).toBe('closure.img');
  const uuid = '01234567-89ab-cdef-0123-456789abcdef';
  await build(at('command.img'), [
    at('closure.tar'),
    '--manifest',
    at('closure-x'),
    '--label',
    'SMALL',
    '--uuid',
    uuid,
  ]);
  expect(await compareBytes(at('page.img'), at('command.img'))).toBe('');
  await page.page.getByRole('button', { name: 'Build another' }).click();
});

test('lays archives over each other and links identical files, as the command line does', async () => {
  // Options are remembered: in a browser that no other test has.
  const own = await launch(visit.server.url);
  try {
    const fresh = await own.open();
    await fresh.choose([at('closure.tar'), at('etc.tar')]);
    await fresh.page.getByText('Options', { exact: true }).click();
    await fresh.page.getByLabel('Hard links').selectOption('dedupe');
    await fresh.build().click();
    await fresh.finished();
    expect(await fresh.page.getByText(/identical files share an inode/).count()).toBe(1);
    await fresh.save(at('over.img'));
  } finally {
    await own.close();
  }
  await build(at('over-command.img'), [at('closure.tar'), at('etc.tar'), '--links', 'dedupe']);
  expect(await compareBytes(at('over.img'), at('over-command.img'))).toBe('');
});

test('builds the sample that it ships', async () => {
  await page.page.getByRole('button', { name: 'Try a sample' }).click();
  await page.finished();
  await page.save(at('sample.img'));
  await fsck(at('sample.img'));
  await page.page.getByRole('button', { name: 'Build another' }).click();
});

describe('refuses with a sentence in the alert, and can go on:', () => {
  test.each<
    [what: string, archives: string[], sentence: RegExp, fields?: { label?: string; uuid?: string; manifest?: string }]
  >([
    ['no file', [], /No archive was given/],
    ['0 bytes', ['empty.tar'], /empty\.tar is empty \(0 bytes\)/],
    ['not a tar', ['text.tar'], /text\.tar is not a tar archive/],
    ['a truncated tar', ['cut.tar'], /cut\.tar ends in the middle of .* at offset 50000/],
    ['a tar without a store path', ['etc.tar'], /etc\.tar holds no store path.*“etc”/],
    ['an unknown entry type', ['fifo.tar'], /nix\/store\/fifo.*is a FIFO/],
    ['a label over 16 bytes of UTF-8', ['closure.tar'], /is 17 bytes of UTF-8/, { label: 'ééééééééx' }],
    ['a bad UUID', ['closure.tar'], /“nonsense” is not a UUID/, { uuid: 'nonsense' }],
    [
      'a manifest that names what the archive lacks',
      ['large.tar'],
      /closure-x names .*lacks/,
      { manifest: 'closure-x' },
    ],
  ])('%s', async (_, archives, sentence, { label, uuid, manifest } = {}) => {
    const fresh = await visit.open();
    await fresh.choose(archives.map(at), manifest ? [at(manifest)] : []);
    if (label) await fresh.fill('Volume label', label);
    if (uuid) await fresh.fill('UUID', uuid);
    await fresh.build().click();
    expect(await fresh.refusal()).toMatch(sentence);
    expect(await fresh.download().count()).toBe(0);
    expect(await fresh.scratchFiles()).toEqual([]);
    // The page is free: the same tab builds a sound archive.
    await fresh.page.getByRole('button', { name: 'Try a sample' }).click();
    await fresh.finished();
    await fresh.page.getByRole('button', { name: 'Build another' }).click();
    await expect.poll(() => fresh.scratchFiles(), { timeout: 15_000 }).toEqual([]);
  });
});

test('cancel: the page is free, scratch files go, nothing is shown as done', async () => {
  const fresh = await visit.open();
  visit.hold(/e2fsck-/);
  await fresh.choose([at('large.tar')]);
  await fresh.build().click();
  await fresh.checking();
  // e2fsck comes before the first byte is written.
  expect(await fresh.scratchFiles()).toEqual([]);
  expect(await fresh.progress().count()).toBe(1);
  await fresh.cancel().click();
  await fresh.build().waitFor();
  expect(await fresh.page.getByRole('status').textContent()).toContain('Cancelled');
  await expect.poll(() => fresh.scratchFiles()).toEqual([]);
  expect(await fresh.download().count()).toBe(0);
});

test('a large image is not copied; after a reload it is there again with its archive, and goes with its tab', async () => {
  const other = await visit.open();
  await other.choose([at('large.tar')]);
  await other.build().click();
  await other.finished();
  expect(await other.scratchFiles()).toEqual([]);
  await other.save(at('large.img'));
  await build(at('large-command.img'), [at('large.tar')]);
  expect(await compareBytes(at('large.img'), at('large-command.img'))).toBe('');
  await expect.poll(() => other.keptImages()).toBe(1);
  await other.page.reload();
  await other.page.getByText('large.img was ready before this page was loaded again. Choose large.tar again').waitFor();
  // Another tab that opens meanwhile removes what has no tab, and leaves it alone.
  await other.page.evaluate(async () => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('storeimg', { create: true });
    await folder.getFileHandle('left-over', { create: true });
  });
  const third = await visit.open();
  await expect.poll(() => third.scratchFiles()).toEqual([]);
  expect(await third.keptImages()).toBe(1);
  // Another archive is not what it waits for.
  await other.choose([at('closure.tar')]);
  await other.page.getByText('Contents were read').waitFor();
  await other.page.getByRole('button', { name: 'Remove closure.tar' }).click();
  await other.choose([at('large.tar')]);
  await other.finished(5000);
  await other.save(at('reloaded.img'));
  expect(await compareBytes(at('reloaded.img'), at('large.img'))).toBe('');
  await other.page.close();
  const reopened = async () => {
    await third.page.reload();
    return third.keptImages();
  };
  await expect.poll(reopened, { interval: 500, timeout: 10_000 }).toBe(0);
});

test('files dropped anywhere are taken, and no drop navigates away', async () => {
  const fresh = await visit.open();
  const dropped = await fresh.page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(new File(['x'], 'dropped.tar'));
    data.items.add(new File(['y'], 'closure-dropped'));
    return data;
  });
  await fresh.page.dispatchEvent('footer', 'drop', { dataTransfer: dropped });
  await fresh.page.getByText('dropped.tar', { exact: true }).waitFor();
  await fresh.page.getByText('closure-dropped', { exact: true }).waitFor();
  expect(fresh.page.url()).toBe(visit.server.url);
});

test('nothing is asked of any other origin', () => {
  const { origin } = new URL(visit.server.url);
  expect(visit.browser.requests.length).toBeGreaterThan(5);
  expect(
    visit.browser.requests.filter((url) => !url.startsWith(`${origin}/`) && !url.startsWith(`blob:${origin}/`)),
  ).toEqual([]);
});

test('the page itself forbids requests elsewhere and scripts that it did not bring', async () => {
  const fresh = await visit.open();
  const violations = await fresh.page.evaluate(async () => {
    const found: string[] = [];
    addEventListener('securitypolicyviolation', ({ effectiveDirective }) => found.push(effectiveDirective));
    await fetch('https://storeimg.invalid/').catch(() => {});
    const script = document.createElement('script');
    script.textContent = 'window.ran = true';
    document.body.append(script);
    await new Promise((resolve) => setTimeout(resolve));
    return [...found, 'ran' in window];
  });
  expect(violations).toEqual(['connect-src', 'script-src-elem', false]);
});
