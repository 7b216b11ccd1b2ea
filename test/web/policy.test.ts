/** What the page promises of a person's bytes: nothing that it starts can ask another origin, on any host, at any visit. */
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { preview } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { POLICY } from '../../web/policy.ts';
import { build } from '../cli/storeimg.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { file, packTree } from '../fixtures/tree.ts';
import { noise } from '../wasm/twins.ts';
import { chromium } from './engines/chromium.ts';
import type { Driver } from './engines/driver.ts';
import { firefox } from './engines/firefox.ts';
import { Tab } from './engines/tab.ts';
import { webkit } from './engines/webkit.ts';
import { type Server, serve } from './page.ts';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const WORKERS = ['analysis', 'engine', 'reader'] as const;
const WORKER_FILE = new RegExp(`/(${WORKERS.join('|')})-[^/]*\\.js$`);

/** Another origin, which answers all that it is asked. */
const elsewhere = createServer(({ url }, response) => {
  asked.add(url!);
  response.writeHead(200, { 'access-control-allow-origin': '*', 'content-type': 'text/javascript' }).end();
}).on('upgrade', ({ url }, socket) => {
  asked.add(url!);
  socket.destroy();
});
const asked = new Set<string>();
let elsewhereUrl: string;

beforeAll(async () => {
  // Workers live as long as they work: it takes them longer than their questions.
  const large = file(Buffer.from(noise(100_000_000, 1)).toString('latin1'));
  await packTree(folder, 'store', { [`nix/store/${'0'.repeat(32)}-large`]: large });
  await build(at('store.img'), [at('store.tar')]);
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
  elsewhereUrl = `127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
});
afterAll(() => elsewhere.close());

/** Asks the other origin in every way that a worker can, then tells its own server that it did. */
const probe = () => `;
const within = (way) => Promise.race([way.catch(() => {}), new Promise((resolve) => setTimeout(resolve, 5000))]);
const elsewhere = '${elsewhereUrl}/' + import.meta.url.replace(/^.*\\//, '');
await within(fetch('http://' + elsewhere + '/fetch'));
await within(import('http://' + elsewhere + '/import'));
await within(new Promise((resolve) => {
  const socket = new WebSocket('ws://' + elsewhere + '/socket');
  socket.onopen = resolve;
  socket.onerror = resolve;
}));
await fetch(import.meta.url + '.probed');`;

/** The workers that did. */
const probed = (requests: readonly string[]) =>
  [...new Set(requests.flatMap((url) => /([a-z]+)-[^/]*\.probed$/.exec(url)?.[1] ?? []))].sort();

/** What came to others; an engine that has the page's server for its proxy asks that. */
const askedElsewhere = ({ requests }: Server) => [
  ...asked,
  ...requests.filter((url) => new URL(url).host === elsewhereUrl),
];

describe.each([
  ['Chromium', chromium],
  ['Firefox', firefox],
  ['WebKit', webkit],
])('%s, served without any header', (_, launch) => {
  let server: Server;
  let driver: Driver;

  beforeAll(async () => {
    server = await serve();
    server.append(WORKER_FILE, probe());
    driver = await launch(await mkdtemp(at('profile-')), server);
  });
  afterAll(async () => {
    await driver.close();
    server.close();
  });

  test.each(['first', 'second'])('no worker reaches another origin, on the %s visit', async (visit) => {
    asked.clear();
    const { length } = server.requests;
    const tab = new Tab(driver);
    await driver.goto(server.url);
    const isServed = await driver.evaluate('Boolean(navigator.serviceWorker.controller)');
    expect(isServed).toBe(visit === 'second');
    await tab.choose('Store archive', [at('store.tar')]);
    await tab.click('button', 'Build image');
    await tab.reads(/./, 'heading', 'The image is ready');
    await tab.reads(/[0-9a-f]{64}/, 'region');
    await tab.click('button', 'Build another');
    await tab.choose('Store archive', [at('store.img')]);
    await expect.poll(() => probed(server.requests.slice(length)), { timeout: 60_000 }).toEqual(WORKERS);
    expect(askedElsewhere(server)).toEqual([]);
    await driver.evaluate('navigator.serviceWorker.ready.then(() => true)');
  });

  test('a worker that came over the network would', async () => {
    const file = (await readdir('dist/assets')).find((name) => WORKER_FILE.test(`/${name}`))!;
    const other = await serve();
    other.append(WORKER_FILE, probe());
    try {
      await driver.goto(other.url);
      const start = `void (window.probe = new Worker('assets/${file}', { type: 'module' }))`;
      await driver.evaluate(`(() => { ${start} })()`);
      // A proxy is asked for a connection, without a path, for a socket.
      for (const way of [/fetch/, /import/, /socket|https:/])
        await expect.poll(() => askedElsewhere(server).join(' '), { timeout: 30_000 }).toMatch(way);
    } finally {
      other.close();
    }
  });

  test('the service worker sends the policy', async () => {
    await driver.goto(server.url);
    await driver.evaluate('navigator.serviceWorker.ready.then(() => true)');
    await driver.goto(server.url);
    const headerOf = (url: string) =>
      driver.evaluate(`fetch(${JSON.stringify(url)}).then(({ headers }) => headers.get('Content-Security-Policy'))`);
    await expect.poll(() => headerOf('index.html')).toBe(POLICY);
    for (const name of await readdir('dist/assets')) expect(await headerOf(`assets/${name}`)).toBe(POLICY);
  });
});

test('every page has the policy, and so has the file of headers that some hosts read', async () => {
  for (const name of ['index.html', 'notices.html'])
    expect((await readFile(`dist/${name}`, 'utf8')).replaceAll('&#39;', "'")).toContain(`content="${POLICY}"`);
  expect(await readFile('dist/_headers', 'utf8')).toBe(`/*\n  Content-Security-Policy: ${POLICY}\n`);
});

test('what npm start serves has the policy as a header', async () => {
  const server = await preview({ preview: { port: 0 } });
  try {
    const [url] = server.resolvedUrls!.local;
    for (const path of ['', 'notices.html', `assets/${(await readdir('dist/assets'))[0]}`])
      expect((await fetch(new URL(path, url))).headers.get('content-security-policy')).toBe(POLICY);
  } finally {
    await server.close();
  }
});
