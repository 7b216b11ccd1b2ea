/** What is said when something is refused: where one is looking, with the way to what helps. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/folder.ts';
import { tiny } from '../fixtures/small-closures.ts';
import { file, packTree } from '../fixtures/tree.ts';
import type { StoreimgPage } from './page.ts';
import { usePage } from './use-page.ts';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const visit = usePage();
let tab: StoreimgPage;

beforeAll(async () => {
  await packTree(folder, 'tiny', tiny);
  await packTree(folder, 'etc', { 'etc/passwd': file() });
  await writeFile(at('photo.jpg'), '\xff\xd8\xff no archive'.repeat(1000));
  tab = await visit.open();
  await tab.page.setViewportSize({ width: 1280, height: 800 });
});

const focused = () => tab.page.evaluate(() => document.activeElement?.id);

async function isAlertInSight(): Promise<boolean> {
  const { y, height } = (await tab.alert().boundingBox())!;
  return y >= 0 && y + height <= 800;
}

test('what a build is refused for is said in sight of its button, again and again', async () => {
  await tab.page.getByText('Options', { exact: true }).click();
  for (const _ of 'ab') {
    await tab.build().click();
    expect(await tab.refusal()).toMatch(/No archive was given/);
    expect(await isAlertInSight()).toBe(true);
  }
  await tab.alert().getByRole('button', { name: 'Go to “Store archive”' }).click();
  expect(await focused()).toBe('archive');
});

test('a field that is folded away opens and has the focus when it is what is wrong', async () => {
  await tab.page.reload();
  await tab.choose([at('tiny.tar')]);
  await tab.fill('UUID', 'nonsense');
  await tab.page.getByText('Options', { exact: true }).click();
  expect(await tab.page.getByLabel('UUID').isVisible()).toBe(false);
  await tab.build().click();
  expect(await tab.refusal()).toMatch(/is not a UUID/);
  expect(await tab.page.getByLabel('UUID').isVisible()).toBe(true);
  expect(await focused()).toBe('option-uuid');
  await tab.alert().getByRole('button', { name: 'Go to “UUID”' }).click();
  expect(await focused()).toBe('option-uuid');
});

test.each(['photo.jpg', 'etc.tar'])('%s, as soon as it is chosen, with the way to what helps', async (name) => {
  await tab.page.reload();
  await tab.choose([at(name)]);
  await tab.refusal();
  expect(await isAlertInSight()).toBe(true);
  await tab.alert().getByRole('button', { name: 'How do I make the tarball?' }).click();
  expect(await tab.page.getByText('A channel').isVisible()).toBe(true);
});
