/** What the page stores with, in a worker of a real Chromium: a File as a source. */
import { fileURLToPath } from 'node:url';
import { createServer, type ViteDevServer } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sourceCases } from '../storage/conformance.ts';
import { type Browser, launch, type StoreimgPage } from './page.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const WORKER = '/test/web/storage/worker.ts';

let server: ViteDevServer;
let browser: Browser;
let tab: StoreimgPage;

beforeAll(async () => {
  server = await createServer({
    root,
    configFile: false,
    logLevel: 'error',
    appType: 'mpa',
    server: { host: '127.0.0.1', port: 0, hmr: false, watch: null },
    optimizeDeps: { include: ['fast-check'], entries: [] },
  });
  await server.listen();
  browser = await launch(`${server.resolvedUrls!.local[0]}${WORKER.slice(1)}`);
  tab = await browser.open();
});

afterAll(async () => {
  await browser.close();
  await server.close();
});

/** Runs a case in a worker of its own; returns what was wrong. */
const inWorker = (name: string): Promise<string> =>
  tab.page.evaluate(
    ([url, name]) =>
      new Promise<string>((resolve, reject) => {
        const worker = new Worker(url!, { type: 'module' });
        worker.onmessage = ({ data }) => {
          worker.terminate();
          resolve(data);
        };
        worker.onerror = ({ message }) => reject(new Error(message || 'the worker could not be loaded'));
        worker.postMessage(name);
      }),
    [WORKER, name],
  );

describe('a File as a source', () => {
  test.each(Object.keys(sourceCases))('%s', async (name) => expect(await inWorker(name)).toBe(''));
});
