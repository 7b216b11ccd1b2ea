/** The built page in a real Chromium, driven as a person would: by roles and names. */
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';

const dist = fileURLToPath(new URL('../../dist/', import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

export interface Server {
  readonly url: string;
  /** Addresses of all requests that came, from wherever to wherever: a browser may take this server for its proxy. */
  readonly requests: readonly string[];
  /** From now on this file has other bytes. */
  renew(name: string): void;
  /** From now on such files have this at their end. */
  append(file: RegExp, script: string): void;
  /** Answers no request for such a file before the returned function is called. */
  hold(file: RegExp): () => void;
  close(): void;
}

/**
 * Serves `dist/` below a path, as a plain static host would: no special headers, no type for WebAssembly.
 * @param lacks what the host has lost
 */
export async function serve(path = '/some/where/', lacks?: RegExp): Promise<Server> {
  const newer = new Map<string, number>();
  const requests: string[] = [];
  let appended: { readonly file: RegExp; readonly script: string } | undefined;
  let held: { readonly file: RegExp; readonly released: Promise<void> } | undefined;
  const server = createServer(async (request, response) => {
    const { href, pathname } = new URL(request.url!, `http://${request.headers.host}`);
    requests.push(href);
    if (held?.file.test(pathname)) await held.released;
    const file = join(dist, normalize(pathname.slice(path.length) || 'index.html'));
    const found =
      pathname.startsWith(path) && !lacks?.test(file) && (await stat(file).catch(() => undefined))?.isFile();
    if (!found) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
    response.write('/* newer */'.repeat(newer.get(basename(file)) ?? 0));
    createReadStream(file)
      .pipe(response, { end: false })
      .on('unpipe', () => {
        response.end(appended?.file.test(pathname) ? appended.script : '');
      });
  });
  server.on('connect', ({ url }, socket) => {
    requests.push(`https://${url}`);
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}${path}`,
    requests,
    renew: (name) => void newer.set(name, (newer.get(name) ?? 0) + 1),
    append(file, script) {
      appended = { file, script };
    },
    hold(file) {
      let release = () => {};
      held = {
        file,
        released: new Promise((resolve) => {
          release = resolve;
        }),
      };
      return () => {
        held = undefined;
        release();
      };
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

export interface Browser {
  readonly context: BrowserContext;
  /** Addresses of all requests that were made. */
  readonly requests: readonly string[];
  /** A tab with the page. */
  open(): Promise<StoreimgPage>;
  close(): Promise<void>;
}

/** A new profile on disk: OPFS of a window without one lies in memory and is many times slower. */
export async function launch(url: string, ...args: string[]): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), 'storeimg-profile-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...args,
    ],
    acceptDownloads: true,
  });
  const requests: string[] = [];
  context.on('request', (request) => requests.push(request.url()));
  return {
    context,
    requests,
    async open() {
      const page = await context.newPage();
      await page.goto(url);
      return new StoreimgPage(page);
    },
    async close() {
      await context.close();
      // Its processes may not all have ended.
      await rm(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}

/** Milliseconds that the largest build of a test may take: less than the test, which could not say what is shown instead. */
const PATIENCE = 2 * 60_000;

export class StoreimgPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  readonly build = () => this.page.getByRole('button', { name: 'Build image' });
  readonly cancel = () => this.page.getByRole('button', { name: 'Cancel' });
  readonly alert = () => this.page.getByRole('alert');
  readonly download = () => this.page.getByRole('button', { name: 'Download image' });
  readonly progress = () => this.page.getByRole('progressbar');

  async choose(archives: readonly string[], manifests: readonly string[] = []): Promise<void> {
    await this.page.getByLabel('Store archive').setInputFiles([...archives]);
    if (manifests.length) await this.page.getByLabel('Closure manifest').setInputFiles([...manifests]);
  }

  async fill(name: 'Volume label' | 'UUID', value: string): Promise<void> {
    await (await this.#option(name)).fill(value);
  }

  /** Chooses a value of an option that has a list of them. */
  async select(name: string, value: string): Promise<void> {
    await (await this.#option(name)).selectOption(value);
  }

  /** Turns an option on. */
  async check(name: string): Promise<void> {
    await (await this.#option(name)).check();
  }

  async #option(name: string): Promise<Locator> {
    const field = this.page.getByLabel(name);
    if (!(await field.isVisible())) await this.page.getByText('Options', { exact: true }).click();
    return field;
  }

  readonly #refusal = () => this.alert().locator('p').first();

  /** @throws with what the page says, when it goes on without what is waited for */
  async #shown(what: Locator, patience = PATIENCE): Promise<void> {
    await what.waitFor({ timeout: patience }).catch(async ({ message }: Error) => {
      throw new Error(`${message}, while the page says: ${await this.page.locator('body').textContent()}`);
    });
  }

  /** Waits until a build has written its image, and holds it against e2fsck. */
  async checking(): Promise<void> {
    await this.#shown(this.page.getByRole('heading', { name: 'Checking with e2fsck' }));
  }

  /** Waits for the end of a build. @throws with the alert's sentence */
  async finished(patience?: number): Promise<void> {
    const refusal = this.#refusal();
    await this.#shown(this.download().or(refusal), patience);
    if (await refusal.isVisible()) throw new Error((await refusal.textContent())!);
  }

  /** The sentence that a build was refused with. */
  async refusal(): Promise<string> {
    const refusal = this.#refusal();
    await this.#shown(refusal);
    return (await refusal.textContent())!;
  }

  /** Saves the finished image. */
  async save(path: string): Promise<string> {
    const started = this.page.waitForEvent('download');
    await this.download().click();
    const download = await started;
    await download.saveAs(path);
    return download.suggestedFilename();
  }

  /** Number of finished images that the browser keeps for reloads. */
  keptImages(): Promise<number> {
    return this.page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          const opening = indexedDB.open('storeimg');
          opening.onsuccess = () => {
            const database = opening.result;
            const close = (count: number) => {
              database.close();
              resolve(count);
            };
            if (!database.objectStoreNames.contains('finished')) return close(0);
            const counting = database.transaction('finished').objectStore('finished').count();
            counting.onsuccess = () => close(counting.result);
          };
        }),
    );
  }

  /** Names of the scratch files in OPFS. */
  scratchFiles(): Promise<string[]> {
    return this.page.evaluate(async () => {
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('storeimg', { create: true });
      const names: string[] = [];
      for await (const name of (folder as unknown as { keys(): AsyncIterable<string> }).keys()) names.push(name);
      return names;
    });
  }
}
