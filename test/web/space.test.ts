/** What fills a closure of many store paths: each of them can be found, opened and asked why it is there. */
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/folder.ts';
import { file, packTree, type Tree } from '../fixtures/tree.ts';
import type { StoreimgPage } from './page.ts';
import { usePage } from './use-page.ts';

const folder = temporaryFolder();
const COUNT = 300;
const visit = usePage();
let tab: StoreimgPage;

/** Each a byte larger than the next; the first one refers to the last. */
const pathOf = (index: number) => `nix/store/${`${index}`.padStart(32, '0')}-part-${index}`;
const contentOf = (index: number) => (index === 0 ? `/${pathOf(COUNT - 1)}`.padEnd(2000) : 'x'.repeat(1000 - index));

beforeAll(async () => {
  const tree: Tree = Object.fromEntries(
    Array.from({ length: COUNT }, (_, index) => [`${pathOf(index)}/file`, file(contentOf(index))]),
  );
  await packTree(folder, 'many', tree);
  tab = await visit.open();
  await tab.choose([join(folder, 'many.tar')]);
  await tab.page.getByText('Contents were read').waitFor();
  await tab.page.getByText('What takes the space').click();
});

const inside = () => tab.page.getByRole('region', { name: 'What is inside' });
const focused = () => tab.page.evaluate(() => document.activeElement?.textContent);

test('all of them are in the list, which finds one by its name', async () => {
  await inside().getByText('All 300, the largest first').click();
  const list = inside().getByRole('grid', { name: 'All, the largest first' });
  expect(await list.getAttribute('aria-rowcount')).toBe(`${COUNT + 1}`);
  expect(await list.getByRole('row').count()).toBeLessThan(60);
  await inside().getByRole('searchbox').fill('PART-299');
  await inside().getByText('1 of 300 names').waitFor();
  await list.getByRole('row', { name: 'part-299' }).click();
  const why = inside().getByRole('region', { name: 'Why it is here' });
  expect(await why.getByRole('listitem').allTextContents()).toEqual(['part-0 refers to part-299 in file']);
});

test('the focus goes along, down and up', async () => {
  expect(await focused()).toBe('part-299');
  await inside().getByRole('button', { name: 'Store', exact: true }).press('Enter');
  await inside().getByRole('button', { name: 'part-0' }).press('Enter');
  await inside().locator('ol').getByText('file').first().waitFor();
  expect(await focused()).toBe('part-0');
});

test('a file that is taken away leaves the focus at its control', async () => {
  await tab.page.getByRole('button', { name: 'Remove many.tar' }).press('Enter');
  await inside().waitFor({ state: 'detached' });
  expect(await tab.page.evaluate(() => document.activeElement?.id)).toBe('archive');
});
