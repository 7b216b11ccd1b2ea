/** Every state of the page on the way to an image, and of looking into one; rarer ones are in rare-states.test.ts. */
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { build } from '../cli/storeimg.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { everyKind, manifestOf } from '../fixtures/small-closures.ts';
import { packTree, type Tree } from '../fixtures/tree.ts';
import { look as lookAt } from './look.ts';
import type { StoreimgPage } from './page.ts';
import { usePage } from './use-page.ts';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const visit = usePage({ keepsCopy: false });
let tab: StoreimgPage;

// As a store has it: what is warned of would be the first thing in each picture.
const packed = (name: string, tree: Tree) => packTree(folder, name, tree, '--mode=a-w');

beforeAll(async () => {
  await packed('closure', everyKind);
  await writeFile(at('closure-x'), manifestOf(everyKind));
  await writeFile(at('photo.jpg'), '\xff\xd8\xff no archive'.repeat(1000));
  await build(at('image.img'), [at('closure.tar')]);
  tab = await visit.open();
});

const look = (state: string) => lookAt(tab.page, state);

test('ready', () => look('ready'));

test('options', async () => {
  await tab.page.getByText('Options', { exact: true }).click();
  await tab.fill('UUID', 'nonsense');
  await tab.select('Partition table', 'mbr');
  await tab.page.getByText('How do I make the tarball?').click();
  await look('options');
  await tab.select('Partition table', 'none');
  await tab.page.reload();
});

test('refused: a photo says at once what it is not', async () => {
  await tab.choose([at('photo.jpg')]);
  expect(await tab.refusal()).toMatch(/photo\.jpg is not a tar archive/);
  await look('refused');
  await tab.alert().getByRole('button', { name: 'How do I make the tarball?' }).click();
  await tab.page.getByText('Another machine, over ssh').waitFor();
  await tab.page.reload();
});

test('chosen: what is inside, how large the image will be, what is wrong', async () => {
  await tab.choose([at('closure.tar')], [at('closure-x')]);
  await tab.page.getByText('Contents were read').waitFor();
  const inside = tab.page.getByRole('region', { name: 'What is inside' });
  expect(await inside.textContent()).toMatch(/Store paths.*Entries.*The image will be [\d.]+ MiB/);
  await look('chosen');
  await tab.page.getByText('What takes the space').click();
  await inside.getByRole('button', { name: 'kinds-1.0' }).click();
  await inside.locator('ol').getByText('comb', { exact: true }).waitFor();
  await inside.getByText('refers to').first().waitFor();
  await look('space');
  await tab.page.reload();
});

test('inside: an image in place of an archive, a folder of it, a text', async () => {
  const row = (name: string) => tab.page.getByRole('gridcell', { name: new RegExp(`(^|-)${name}`) });
  await tab.choose([at('image.img')]);
  await row('nix/').waitFor();
  await look('inside');
  await row('nix/').click();
  await row('store/').click();
  await row('kinds-1.0/').click();
  await row('links/').click();
  await row('dangling → no such file').waitFor();
  await look('inside-links');
  await tab.page.getByRole('button', { name: 'kinds-1.0' }).click();
  await row('bin/').waitFor();
  await row('bin/').click();
  await row('tool-again').click();
  await tab.page.getByText('echo tool').waitFor();
  await look('inside-file');
  await tab.page.reload();
});

test('inside, damaged', async () => {
  await truncate(at('image.img'), 2 ** 20);
  await tab.choose([at('image.img')]);
  await tab.page.getByText('it was cut off').waitFor();
  await look('inside-damaged');
  await tab.page.reload();
});

test('building; cancelled', async () => {
  // A server that is slow to hand out e2fsck holds the build where it can be looked at.
  visit.hold(/e2fsck-/);
  await tab.choose([at('closure.tar')]);
  await tab.build().click();
  await tab.checking();
  expect(await tab.page.title()).toMatch(/^\d+ % · storeimg$/);
  await look('building');
  await tab.cancel().click();
  await tab.page.getByRole('status').filter({ hasText: 'Cancelled' }).waitFor();
  await look('cancelled');
});

test('done', async () => {
  await tab.choose([at('closure.tar')], [at('closure-x')]);
  await tab.build().click();
  await tab.finished();
  await look('done');
  await tab.page.getByText('What e2fsck said').click();
  await tab.page.getByText('What do I do with the image?').click();
  await tab.page.getByText('How its blocks are used').click();
  await tab.page.getByText(/^Metadata: /).waitFor();
  await tab.page.getByText('Look inside', { exact: true }).click();
  await tab.page.getByRole('grid').waitFor();
  await look('after');
});
