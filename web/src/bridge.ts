/** Workers, started and ended. Abort is termination: nothing else stops a worker that is inside WebAssembly. */
import { proxy, transfer, wrap } from 'comlink';
import { workerFailure } from './parts.ts';
import { removeSpools } from './scratch.ts';
import { endpointOf, startWorker } from './start-worker.ts';
import type { ImageTable } from './table.ts';
import type { EngineApi, ReaderApi } from './worker/api.ts';
import engineUrl from './worker/engine.ts?worker&url';
import readerUrl from './worker/reader.ts?worker&url';

type Call = (...args: unknown[]) => Promise<unknown>;

/**
 * Starts a worker, and ends it when the signal aborts or it breaks down. Calls reject then: comlink would never settle
 * them. Functions among arguments are called back; ports are transferred.
 */
function start<Api extends object>(url: string, signal: AbortSignal, tidy = () => {}): Api {
  const worker = startWorker(url);
  const remote = wrap(endpointOf(worker)) as unknown as Readonly<Record<string, Call>>;
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  const ended = Promise.race([aborted, workerFailure(worker)]);
  ended.catch(() => {
    worker.terminate();
    tidy();
  });
  return new Proxy({} as Api, {
    get: (_, method: string): Call => {
      return (...args) => Promise.race([remote[method]!(...args.map(sent)), ended]);
    },
  });
}

function sent(argument: unknown): unknown {
  if (argument instanceof MessagePort) return transfer(argument, [argument]);
  return typeof argument === 'function' ? proxy(argument as () => void) : argument;
}

/** Starts a worker that opens archives. */
export const startEngine = (signal: AbortSignal): EngineApi =>
  start<EngineApi>(engineUrl, signal, () => void removeSpools());

/** Starts a worker that has an image open. */
export function readImage(signal: AbortSignal, image: ImageTable, name: string): ReaderApi {
  const reader = start<ReaderApi>(readerUrl, signal);
  // What can't be opened fails when it is read.
  reader.open(image, name).catch(() => {});
  return reader;
}
