/** Workers, started and ended. Abort is termination: nothing else stops a worker that is inside WebAssembly. */
import { proxy, transfer, wrap } from 'comlink';
import { workerFailure } from './parts.ts';
import { removeSpools } from './scratch.ts';
import { endpointOf, listening, startWorker } from './start-worker.ts';
import type { ImageTable } from './table.ts';
import analysisUrl from './worker/analysis.ts?worker&url';
import type { Analysts, EngineApi, ReaderApi } from './worker/api.ts';
import engineUrl from './worker/engine.ts?worker&url';
import readerUrl from './worker/reader.ts?worker&url';

type Call = (...args: unknown[]) => Promise<unknown>;

/**
 * Starts a worker, and ends it when the signal aborts or it breaks down. Calls reject then: comlink would never settle
 * them. Functions among arguments are called back; ports are transferred.
 * @param failure of other workers that it needs
 */
function start<Api extends object>(
  url: string,
  signal: AbortSignal,
  tidy = () => {},
  failure: Promise<never> = new Promise(() => {}),
): Api {
  const worker = startWorker(url);
  const remote = wrap(endpointOf(worker)) as unknown as Readonly<Record<string, Call>>;
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  const ended = Promise.race([aborted, workerFailure(worker), failure]);
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
export function startEngine(signal: AbortSignal): EngineApi {
  const workers: Worker[] = [];
  const end = () => {
    for (const worker of workers.splice(0)) worker.terminate();
  };
  let fail: (error: unknown) => void = () => {};
  const failure = new Promise<never>((_, reject) => {
    fail = reject;
  });
  const tidy = () => {
    end();
    void removeSpools();
  };
  const engine = start<EngineApi>(engineUrl, signal, tidy, failure);
  const analysts: Analysts = {
    start() {
      const worker = startWorker(analysisUrl);
      workers.push(worker);
      const { port1, port2 } = new MessageChannel();
      void listening(worker).then(() => worker.postMessage(port2, [port2]));
      workerFailure(worker).catch(fail);
      return transfer(port1, [port1]);
    },
    end,
  };
  engine.use(proxy(analysts)).catch(() => {}); // What is asked for next fails with the same.
  return engine;
}

/** Starts a worker that has an image open. */
export function readImage(signal: AbortSignal, image: ImageTable, name: string): ReaderApi {
  const reader = start<ReaderApi>(readerUrl, signal);
  // What can't be opened fails when it is read.
  reader.open(image, name).catch(() => {});
  return reader;
}
