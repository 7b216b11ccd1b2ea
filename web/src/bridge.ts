/** Workers, started and ended. Abort is termination: nothing else stops a worker that is inside WebAssembly. */
import { proxy, type Remote, wrap } from 'comlink';
import type { Delivery, RawFacts } from '../../src/core/index.ts';
import { workerFailure } from './parts.ts';
import { removeSpools } from './scratch.ts';
import { endpointOf, startWorker } from './start-worker.ts';
import type { ChecksumsApi, EngineApi, ReaderApi } from './worker/api.ts';
import checksumsUrl from './worker/checksums.ts?worker&url';
import engineUrl from './worker/engine.ts?worker&url';
import readerUrl from './worker/reader.ts?worker&url';

/** Rejects when the signal aborts: a call to a terminated worker never settles. */
function abortion(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** Hashes a finished image in a worker of its own. @throws the signal's reason when it aborts */
export async function checksums(signal: AbortSignal, image: Blob, raw: RawFacts): Promise<Delivery> {
  const worker = startWorker(checksumsUrl);
  const remote: Remote<ChecksumsApi> = wrap(endpointOf(worker));
  try {
    return await Promise.race([remote.of(image, raw), abortion(signal), workerFailure(worker)]);
  } finally {
    worker.terminate();
  }
}

/** Ends a worker when the signal aborts or it breaks down; calls that go through the returned function then reject. */
function endedBy(signal: AbortSignal, worker: Worker, tidy = () => {}): <T>(call: Promise<T>) => Promise<T> {
  const ended = Promise.race([abortion(signal), workerFailure(worker)]);
  ended.catch(() => {
    worker.terminate();
    tidy();
  });
  return (call) => Promise.race([call, ended]);
}

/** `EngineApi` as the page sees it: calls reject when the worker breaks down or is ended. */
export type Engine = EngineApi;

/** Starts a worker that opens archives, and ends it when the signal aborts: nothing else stops it inside WebAssembly. */
export function startEngine(signal: AbortSignal): Engine {
  const worker = startWorker(engineUrl);
  const remote: Remote<EngineApi> = wrap(endpointOf(worker));
  const settle = endedBy(signal, worker, () => void removeSpools());
  return {
    open: (files, options, progress) => settle(remote.open(files, options, proxy(progress))),
    judge: (options, firmware) => settle(remote.judge(options, firmware)),
    verify: (known) => settle(remote.verify(known)),
    children: (path) => settle(remote.children(path)),
    why: (storePath) => settle(remote.why(storePath)),
    script: (options) => settle(remote.script(options)),
    build: (request, storage) => settle(remote.build(request, proxy(storage))),
    blocks: (image) => settle(remote.blocks(image)),
    isImage: (file) => settle(remote.isImage(file)),
  };
}

/** Starts a worker that has an image open, and ends it when the signal aborts. */
export function readImage(signal: AbortSignal): ReaderApi {
  const worker = startWorker(readerUrl);
  const remote: Remote<ReaderApi> = wrap(endpointOf(worker));
  const settle = endedBy(signal, worker);
  return {
    open: (image, name) => settle(remote.open(image, name)),
    list: (directory) => settle(remote.list(directory)),
    details: (inodes) => settle(remote.details(inodes)),
    content: (file) => settle(remote.content(file)),
  };
}
