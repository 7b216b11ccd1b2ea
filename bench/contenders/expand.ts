/** A compressed archive made plain: by the format's own tool, and by storeimg's codecs on either host. */
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';
import { run } from '../../test/fixtures/process.ts';
import { launch } from '../../test/web/page.ts';
import type { Contender } from '../contender.ts';
import { measure, measureProgram, proportionalSetSize } from '../measure.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const part = (name: string) => fileURLToPath(new URL(`../parts/${name}`, import.meta.url));

const WORKER = '/bench/parts/expand-worker.ts';

/** Each by its usual level. */
const COMPRESS = { gzip: 'gzip', zstd: 'zstd -q', xz: 'xz -T0', bzip2: 'bzip2', lz4: 'lz4 -q' };
export type Format = keyof typeof COMPRESS;
export const FORMATS = Object.keys(COMPRESS) as Format[];

/** What all others of a format are held against. */
export const nativeName = (format: Format) => `${format} -dc`;

export const expansions = (format: Format): Contender[] => [
  { name: 'cat, the plain archive', run: ({ archive }, out) => shell('cat < "$1" > "$2"', archive, out) },
  {
    name: nativeName(format),
    async run({ archive }, out) {
      const measurement = await shell(`${format} -dc < "$1" > "$2"`, await compressed(format, archive, out), out);
      assertSize((await stat(out)).size, (await stat(archive)).size);
      return measurement;
    },
  },
  {
    name: 'storeimg, Node.js',
    async run({ archive }, out) {
      const path = await compressed(format, archive, out);
      let said = '';
      const measurement = await measure(async () => {
        said = (await run(process.execPath, [part('expand.js'), path, out])).toString();
      });
      assertSize(Number(said), (await stat(archive)).size);
      return measurement;
    },
  },
  {
    name: 'storeimg, Chromium',
    run: async ({ archive }, out) => inChromium(archive, await compressed(format, archive, out)),
  },
];

const shell = (script: string, ...args: string[]) => measureProgram('sh', ['-c', script, 'sh', ...args]);

/** The archive compressed, beside what is to come out; made when it is first asked for. */
async function compressed(format: Format, archive: string, out: string): Promise<string> {
  const path = join(dirname(out), `store.tar.${format}`);
  const isMade = await stat(path).catch(() => undefined);
  if (!isMade) await run('sh', ['-c', `${COMPRESS[format]} < "$1" > "$2"`, 'sh', archive, path]);
  return path;
}

/** The page's own worker code, without the page: that begins to read what it expands at once. */
async function inChromium(archive: string, path: string) {
  const server = await createServer({
    root,
    configFile: false,
    logLevel: 'error',
    appType: 'mpa',
    server: { host: '127.0.0.1', port: 0, hmr: false, watch: null },
    optimizeDeps: { entries: [], noDiscovery: true },
  });
  await server.listen();
  const browser = await launch(`${server.resolvedUrls!.local[0]}${WORKER.slice(1)}`);
  try {
    const { page } = await browser.open();
    await page.setContent('<input type="file">');
    await page.locator('input').setInputFiles(path);
    const worker = await page.evaluateHandle(
      (url) =>
        new Promise<Worker>((resolve, reject) => {
          const worker = new Worker(url, { type: 'module' });
          worker.onmessage = () => resolve(worker);
          worker.onerror = ({ message }) => reject(new Error(message));
        }),
      WORKER,
    );
    const before = proportionalSetSize();
    let size = 0;
    const measurement = await measure(async () => {
      size = await worker.evaluate(
        (worker) =>
          new Promise<number>((resolve, reject) => {
            worker.onmessage = ({ data }) => resolve(data);
            worker.onerror = ({ message }) => reject(new Error(message));
            worker.postMessage(document.querySelector('input')!.files![0]);
          }),
      );
    }, before);
    assertSize(size, (await stat(archive)).size);
    return measurement;
  } finally {
    await browser.close();
    await server.close();
  }
}

function assertSize(size: number, expected: number): void {
  if (size !== expected) throw new Error(`${size} bytes came out, not ${expected}`);
}
