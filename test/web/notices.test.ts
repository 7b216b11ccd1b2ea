/** Licences and exact sources: readable, reachable, and the source is what was built. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/folder.ts';
import { run } from '../fixtures/process.ts';
import { look } from './look.ts';
import { type Browser, launch, type Server, serve } from './page.ts';

const folder = temporaryFolder();
let server: Server;
let browser: Browser;

beforeAll(async () => {
  server = await serve();
  browser = await launch(server.url);
});

afterAll(async () => {
  await browser.close();
  server.close();
});

test('the notices are a page: looked at like any other, with a way back', async () => {
  const { page } = await browser.open();
  await page.getByRole('link', { name: 'Licence and exact source' }).click();
  await page.getByRole('heading', { name: 'Compression' }).waitFor();
  await look(page, 'notices');
  const sums = await readFile('wasm/SHA256SUMS', 'utf8');
  for (const [, sum, name] of sums.matchAll(/^(\w+) {2}(.*)$/gm)) {
    const row = page.getByRole('row').filter({ hasText: sum! });
    expect(await row.getByRole('link', { name: name! }).getAttribute('href')).toMatch(
      /^https:\/\/snapshot\.debian\.org\//,
    );
  }
  await page.getByRole('link', { name: 'Back to storeimg' }).click();
  await page.getByRole('button', { name: 'Build image' }).waitFor();
  await page.close();
});

test('the source beside the page is what it was made of', async () => {
  const { page } = await browser.open();
  await page.getByRole('link', { name: 'Licence and exact source' }).click();
  const started = page.waitForEvent('download');
  await page.getByRole('link', { name: /-source\.tar\.gz$/ }).click();
  const download = await started;
  const archive = join(folder, download.suggestedFilename());
  await download.saveAs(archive);
  await run('tar', ['-xzf', archive, '--strip-components=1'], { cwd: folder });
  for (const name of ['LICENSE', 'web/src/main.tsx', 'scripts/build-wasm.sh', 'package-lock.json', 'wasm/SHA256SUMS'])
    expect((await readFile(join(folder, name))).equals(await readFile(name)), name).toBe(true);
  await page.close();
});
