/** Debian's WebKitGTK in its own small browser, by W3C WebDriver, on a display that nobody sees. */
import { mkdir, mkdtemp, readdir, readlink, rename, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Daemon, daemon } from './daemon.ts';
import type { Launch } from './driver.ts';

/** Milliseconds that the driver may take to answer for the first time, and a download to end. */
const PATIENCE = { start: 30_000, download: 120_000 };

const BROWSER = '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser';

export const webkit: Launch = async (folder, { url, requests }) => {
  const downloads = join(folder, 'downloads');
  await mkdir(downloads);
  await writeFile(join(folder, 'user-dirs.dirs'), `XDG_DOWNLOAD_DIR="${downloads}"\n`);
  const display = daemon('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const number = await new Promise<string>((resolve, reject) => {
    display.child.once('error', reject);
    display.child.once('exit', () => reject(new Error('Xvfb ended before it had a display')));
    display.child.stdio[3]!.once('data', (digits: Buffer) => resolve(digits.toString().trim()));
  });
  const { driver, port } = await startDriver({
    ...process.env,
    DISPLAY: `:${number}`,
    XDG_CONFIG_HOME: folder,
    XDG_DATA_HOME: folder,
    XDG_CACHE_HOME: folder,
  });

  const call = async (method: 'POST' | 'DELETE', path: string, body?: object): Promise<unknown> => {
    const request = { method, ...(body && { body: JSON.stringify(body) }) };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, request);
    const { value } = (await response.json()) as { value: { error: string; message: string } };
    if (!response.ok) throw new Error(`${value.error}: ${value.message}`);
    return value;
  };
  // The server is the proxy, too, which sees what is asked of anybody else.
  const { host } = new URL(url);
  const proxy = { proxyType: 'manual', httpProxy: host, sslProxy: host };
  const options = { binary: BROWSER, args: ['--automation'] };
  const capabilities = { alwaysMatch: { proxy, 'webkitgtk:browserOptions': options } };
  const { sessionId } = (await call('POST', '/session', { capabilities })) as { sessionId: string };
  const session = `/session/${sessionId}`;

  const evaluate = (expression: string) =>
    call('POST', `${session}/execute/sync`, { script: `return ${expression}`, args: [] });
  const node = async (expression: string) => {
    const [id] = Object.values((await evaluate(expression)) as Record<string, string>);
    return `${session}/element/${id}`;
  };
  const click = async (target: string) => void (await call('POST', `${await node(target)}/click`, {}));
  return {
    goto: async (address) => void (await call('POST', `${session}/url`, { url: address })),
    evaluate,
    click,
    choose: async (input, files) => void (await call('POST', `${await node(input)}/value`, { text: files.join('\n') })),
    async download(target) {
      await click(target);
      for (const started = performance.now(); performance.now() - started < PATIENCE.download; await sleep(50)) {
        const [name] = await readdir(downloads);
        // It is whole when nobody writes to it any more.
        if (name && !(await isOpen(join(downloads, name)))) {
          // The next one may have the same name.
          const path = join(await mkdtemp(join(folder, 'saved-')), name);
          await rename(join(downloads, name), path);
          return path;
        }
      }
      throw new Error('what was to be downloaded has not come');
    },
    requests: () => requests,
    async close() {
      await call('DELETE', session);
      await driver.stop();
      await display.stop();
    },
  };
};

/** Starts the driver at a port that was free a moment before: somebody else may have it by then. */
async function startDriver(env: NodeJS.ProcessEnv): Promise<{ driver: Daemon; port: number }> {
  for (let attempt = 0; attempt < 5; attempt++) {
    const port = await freePort();
    const driver = daemon('WebKitWebDriver', [`--port=${port}`], { stdio: 'ignore', env });
    if (await answers(driver, port)) return { driver, port };
    await driver.stop();
  }
  throw new Error('WebKitWebDriver does not answer');
}

/** Waits until a driver listens at its port, or has ended. */
async function answers({ child }: Daemon, port: number): Promise<boolean> {
  for (const started = performance.now(); performance.now() - started < PATIENCE.start; await sleep(50)) {
    const signal = AbortSignal.timeout(PATIENCE.start);
    const isReady = await fetch(`http://127.0.0.1:${port}/status`, { signal }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (child.exitCode !== null || child.signalCode !== null) return false;
    if (isReady) return true;
  }
  return false;
}

/** Whether any process has a file open. */
async function isOpen(path: string): Promise<boolean> {
  for (const pid of await readdir('/proc')) {
    const folder = join('/proc', pid, 'fd');
    // Not a process, or one that has ended.
    for (const descriptor of await readdir(folder).catch(() => []))
      if ((await readlink(join(folder, descriptor)).catch(() => '')) === path) return true;
  }
  return false;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
