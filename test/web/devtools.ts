/** Chromium through its own protocol alone: what drives the other tests keeps every tab visible, whatever lies over it. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

interface Reply {
  readonly id?: number;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

export interface Tab {
  /** Evaluates an expression in the page, which may be a promise. */
  evaluate(expression: string): Promise<unknown>;
}

export interface PlainBrowser {
  /** A new tab of the same window, in front of the others. */
  open(url: string): Promise<Tab>;
  close(): Promise<void>;
}

export async function launchPlain(): Promise<PlainBrowser> {
  const profile = await mkdtemp(join(tmpdir(), 'storeimg-profile-'));
  const args = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--remote-debugging-pipe'];
  const child = spawn('/usr/bin/chromium', [...args, `--user-data-dir=${profile}`], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise((resolve) => child.on('close', resolve));
  const [, , , input, output] = child.stdio as unknown as [null, null, null, Writable, Readable];
  const waiting = new Map<number, (reply: Reply) => void>();
  let received = '';
  output.setEncoding('utf8').on('data', (piece: string) => {
    const messages = (received + piece).split('\0');
    received = messages.pop()!;
    for (const message of messages) {
      const reply: Reply = JSON.parse(message);
      if (reply.id !== undefined) waiting.get(reply.id)?.(reply);
    }
  });
  let calls = 0;
  const send = async (method: string, params: object, sessionId?: unknown) => {
    const id = ++calls;
    const reply = new Promise<Reply>((resolve) => waiting.set(id, resolve));
    input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    const { result, error } = await reply;
    if (error) throw new Error(`${method}: ${error.message}`);
    return result!;
  };
  return {
    async open(url) {
      const { targetId } = await send('Target.createTarget', { url });
      const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
      return {
        async evaluate(expression) {
          const params = { expression, awaitPromise: true, returnByValue: true };
          const { result, exceptionDetails } = await send('Runtime.evaluate', params, sessionId);
          if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
          return (result as { value: unknown }).value;
        },
      };
    },
    async close() {
      await send('Browser.close', {});
      await ended;
      // Its processes may not all have ended.
      await rm(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}
