/** Debian's Firefox, by W3C WebDriver BiDi: Debian has no driver for the older protocol. */
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'undici';
import { daemon } from './daemon.ts';
import type { Driver, Launch } from './driver.ts';

type Json = Readonly<Record<string, unknown>>;

/** A node of the page, as the protocol refers to it. */
interface Node {
  readonly sharedId: string;
}

interface Evaluated {
  readonly result: Node & { readonly value: string };
  readonly exceptionDetails?: { readonly text: string };
}

export const firefox = launchWith({});

const ofPrivateWindows = launchWith({ 'browser.privatebrowsing.autostart': true });

/** All of whose windows are private: Firefox does not tell of their downloads, so the folder is watched. */
export const privateFirefox: Launch = async (folder, server) => {
  const driver = await ofPrivateWindows(folder, server);
  const names = () => readdir(folder);
  return {
    ...driver,
    async download(target) {
      const before = new Set(await names());
      await driver.click(target);
      for (;;) {
        await sleep(100);
        const made = (await names()).filter((name) => !before.has(name));
        const [image] = made.filter((name) => /\.img(\.\w+)?$/.test(name));
        // It is made under another name; the file of its own is empty until then.
        if (image && !made.some((name) => name.endsWith('.part')) && (await stat(join(folder, image))).size > 0)
          return join(folder, image);
      }
    },
  };
};

function launchWith(preferences: Json): Launch {
  return async (folder) => {
    const all = { 'browser.download.dir': folder, 'browser.download.folderList': 2, ...preferences };
    const lines = Object.entries(all).map(([name, value]) => `user_pref("${name}", ${JSON.stringify(value)});\n`);
    await writeFile(join(folder, 'user.js'), lines.join(''));
    const args = ['--headless', '--no-remote', '--profile', folder, '--remote-debugging-port', '0', 'about:blank'];
    const { child, stop } = daemon('firefox-esr', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const address = await new Promise<string>((resolve, reject) => {
      child.once('exit', () => reject(new Error('Firefox ended before it could be talked to')));
      createInterface(child.stderr!).on('line', (line) => {
        const [, address] = /WebDriver BiDi listening on (\S+)/.exec(line) ?? [];
        if (address) resolve(`${address}/session`);
      });
    });
    const driver = await drive(await connect(address));
    return {
      ...driver,
      async close() {
        await driver.close();
        await stop();
      },
    };
  };
}

async function drive({ send, on }: Connection): Promise<Driver> {
  await send('session.new', { capabilities: {} });
  await send('session.subscribe', { events: ['network.beforeRequestSent', 'browsingContext.downloadEnd'] });
  const { contexts } = (await send('browsingContext.getTree', {})) as { contexts: { context: string }[] };
  const { context } = contexts[0]!;
  const requests: string[] = [];
  on('network.beforeRequestSent', ({ request }) => requests.push((request as { url: string }).url));

  const evaluate = async (expression: string) => {
    const target = { context };
    const answer = await send('script.evaluate', { expression, target, awaitPromise: true, userActivation: true });
    const { result, exceptionDetails } = answer as unknown as Evaluated;
    if (exceptionDetails) throw new Error(exceptionDetails.text);
    return result;
  };
  const node = async (expression: string): Promise<Node> => {
    const { sharedId } = await evaluate(expression);
    return { sharedId };
  };
  const click = async (target: string) => {
    const element = await node(`(element => (element.scrollIntoView({ block: 'center' }), element))(${target})`);
    const actions = [
      { type: 'pointerMove', x: 0, y: 0, origin: { type: 'element', element } },
      { type: 'pointerDown', button: 0 },
      { type: 'pointerUp', button: 0 },
    ];
    await send('input.performActions', { context, actions: [{ type: 'pointer', id: 'mouse', actions }] });
  };

  return {
    async goto(url) {
      await send('browsingContext.navigate', { context, url, wait: 'complete' });
    },
    evaluate: async (expression) =>
      JSON.parse((await evaluate(`(async () => JSON.stringify(await (${expression})) ?? 'null')()`)).value),
    click,
    async choose(input, files) {
      await send('input.setFiles', { context, element: await node(input), files });
    },
    async download(target) {
      const ended = new Promise<Json>((resolve) => on('browsingContext.downloadEnd', resolve));
      await click(target);
      const { status, filepath } = await ended;
      if (status !== 'complete') throw new Error(`the download ended as ${status}`);
      return filepath as string;
    },
    requests: () => requests,
    async close() {
      await send('browser.close', {});
    },
  };
}

interface Connection {
  send(method: string, params: Json): Promise<Json>;
  /** Calls a function with the parameters of each event of this kind. */
  on(event: string, act: (params: Json) => void): void;
}

async function connect(address: string): Promise<Connection> {
  const socket = new WebSocket(address);
  const answers = new Map<number, { resolve: (result: Json) => void; reject: (error: Error) => void }>();
  const listeners: { readonly event: string; readonly act: (params: Json) => void }[] = [];
  socket.addEventListener('message', ({ data }) => {
    const { id, result, error, message, method, params } = JSON.parse(data);
    if (id === undefined || id === null) {
      for (const { event, act } of listeners) if (event === method) act(params);
    } else if (error) answers.get(id)?.reject(new Error(`${error}: ${message}`));
    else answers.get(id)?.resolve(result);
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true });
    socket.addEventListener('error', reject, { once: true });
  });
  let last = 0;
  return {
    send(method, params) {
      const id = ++last;
      socket.send(JSON.stringify({ id, method, params }));
      return new Promise((resolve, reject) => answers.set(id, { resolve, reject }));
    },
    on: (event, act) => void listeners.push({ event, act }),
  };
}
