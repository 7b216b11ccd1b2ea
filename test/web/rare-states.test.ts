/** States of the page that few people meet, looked at like the others. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/folder.ts';
import { everyKind, tiny } from '../fixtures/small-closures.ts';
import { packTree } from '../fixtures/tree.ts';
import { look as lookAt } from './look.ts';
import { type Browser, launch, type Server, type StoreimgPage, serve } from './page.ts';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const [tinyPath] = Object.keys(tiny).map((path) => `/${path.split('/').slice(0, 3).join('/')}`);
let server: Server;
let browser: Browser;
let tab: StoreimgPage;

const look = (state: string) => lookAt(tab.page, state);

beforeAll(async () => {
  await packTree(folder, 'closure', everyKind);
  await packTree(folder, 'tiny', tiny);
  // It names what is not there.
  const others = Array.from({ length: 12 }, (_, index) => `/nix/store/${`${index}`.padStart(32, '0')}-other-${index}`);
  await writeFile(at('closure-missing'), `${[tinyPath, '', others.length, ...others].join('\n')}\n`);
  server = await serve();
  browser = await launch(server.url, '--host-resolver-rules=MAP plain.example 127.0.0.1');
  tab = await browser.open();
});

afterAll(async () => {
  await browser.close();
  server.close();
});

test('a newer version is offered', async () => {
  await tab.page.evaluate(() => navigator.serviceWorker.ready);
  await tab.page.reload();
  server.renew('sw.js');
  await tab.page.evaluate(async () => (await navigator.serviceWorker.ready).update());
  await tab.page.getByRole('button', { name: 'Change to the newer version' }).waitFor();
  await look('update');
});

test('files hover over the page', async () => {
  await tab.page.reload();
  await tab.page.evaluate(() => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(['x'], 'store.tar'));
    document.body.dispatchEvent(new DragEvent('dragover', { bubbles: true, cancelable: true, dataTransfer }));
  });
  await tab.page.getByText('Drop the archive here').waitFor();
  await look('hovering');
  await tab.page.reload();
});

test('a build that is refused', async () => {
  await tab.build().click();
  await tab.refusal();
  await look('failed');
});

test('problems, and warnings', async () => {
  await tab.choose([at('tiny.tar')], [at('closure-missing')]);
  const inside = tab.page.getByRole('region', { name: 'What is inside' });
  await inside.getByRole('listitem').first().waitFor();
  await look('problems');
  await tab.check('Allow missing references');
  await inside.getByText('Worth knowing').waitFor();
  await look('warnings');
  await tab.page.getByLabel('Allow missing references').uncheck();
});

test('a disk, compressed: what is not offered says why', async () => {
  await tab.page.reload();
  await tab.choose([at('tiny.tar')]);
  await tab.select('Partition table', 'mbr');
  await tab.select('Compression', 'gzip');
  await tab.check('Block map');
  await tab.build().click();
  await tab.finished();
  await tab.page.getByText('unpack this one and choose it').waitFor();
  await tab.page.getByText('What do I do with the image?').click();
  await look('compressed');
  await tab.page.getByRole('button', { name: 'Build another' }).click();
});

test('an image on disk, after a reload', async () => {
  await tab.choose([at('closure.tar')]);
  await tab.select('Partition table', 'none');
  await tab.select('Compression', 'none');
  await tab.page.getByLabel('Image size').fill('128M');
  await tab.build().click();
  await tab.finished();
  await tab.page.reload();
  await tab.finished();
  await tab.page.getByText('which a reload forgets').waitFor();
  await look('restored');
  await tab.page.getByRole('button', { name: 'Build another' }).click();
});

test('no disk storage, since it came without https', async () => {
  await tab.page.goto(server.url.replace('localhost', 'plain.example'));
  await tab.page.getByText('This page came without https').waitFor();
  expect(await tab.page.evaluate(() => isSecureContext)).toBe(false);
  await look('in-memory');
});
