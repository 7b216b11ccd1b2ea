/** A tab that nobody sees: the browser slows its timers down and draws nothing, and the build goes on. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build } from '../cli/storeimg.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { launchPlain, type PlainBrowser } from './devtools.ts';
import { type Server, serve } from './page.ts';

const folder = temporaryFolder();
/** Longer than any build of the sample takes. */
const PATIENCE = { timeout: 60_000 };
let server: Server;
let browser: PlainBrowser;

beforeAll(async () => {
  server = await serve();
  browser = await launchPlain();
});

afterAll(async () => {
  await browser.close();
  server.close();
});

test('a build whose tab is hidden ends, and right', async () => {
  const tab = await browser.open(server.url);
  const visibility = () => tab.evaluate('document.visibilityState');
  const press = `[...document.querySelectorAll('button')].find(({ textContent }) => textContent === 'Try a sample')?.click()`;
  // The build waits for debugfs until the tab is hidden.
  const release = server.hold(/debugfs-/);
  await expect.poll(() => tab.evaluate(`document.querySelector('form') !== null`), PATIENCE).toBe(true);
  await tab.evaluate(press);
  await expect.poll(() => tab.evaluate(`document.querySelector('progress') !== null`), PATIENCE).toBe(true);
  expect(await visibility()).toBe('visible');
  await browser.open('about:blank');
  await expect.poll(visibility, PATIENCE).toBe('hidden');
  expect(await tab.evaluate(`document.querySelector('progress') !== null`)).toBe(true);
  release();
  await expect.poll(() => tab.evaluate('document.title'), PATIENCE).toBe('Ready · storeimg');
  const hash = () => tab.evaluate(`document.querySelector('.hash')?.textContent`);
  const { image } = await build(join(folder, 'sample.img'), [
    'dist/sample/store.tar',
    '--manifest',
    'dist/sample/closure-sample',
  ]);
  await expect.poll(hash, PATIENCE).toBe(image.sha256);
  expect(await visibility()).toBe('hidden');
});
