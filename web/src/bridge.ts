/** Workers, started and ended. Abort is termination: nothing else stops a worker that is inside WebAssembly. */
import { proxy, type Remote, releaseProxy, wrap } from 'comlink';
import type { Delivery, Progress, Raw } from '../../src/core/index.ts';
import { workerFailure } from './parts.ts';
import { removeScratch, removeSpools } from './scratch.ts';
import type { BuildAnswer, BuildRequest, ChecksumsApi, EngineApi, InspectorApi, Storage } from './worker/api.ts';

/** Rejects when the signal aborts: a call to a terminated worker never settles. */
function abortion(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/**
 * Builds an image in a worker of its own.
 * @throws the signal's reason when it aborts; scratch files are then removed as soon as the worker lets go of them
 */
export async function build(
  signal: AbortSignal,
  request: BuildRequest,
  onProgress: (progress: Progress) => void,
  onStorage: (storage: Storage) => void,
): Promise<BuildAnswer> {
  signal.throwIfAborted();
  const worker = new Worker(new URL('./worker/engine.ts', import.meta.url), { type: 'module' });
  const engine: Remote<EngineApi> = wrap(worker);
  try {
    const answer = engine.build(request, proxy(onProgress), proxy(onStorage));
    return await Promise.race([answer, abortion(signal), workerFailure(worker)]);
  } catch (error) {
    void removeScratch(request.scratch).catch(() => {}); // No OPFS, no scratch file.
    throw error;
  } finally {
    engine[releaseProxy]();
    worker.terminate();
    void removeSpools();
  }
}

/** Hashes a finished image in a worker of its own. @throws the signal's reason when it aborts */
export async function checksums(signal: AbortSignal, image: Blob, raw: Raw): Promise<Delivery> {
  const worker = new Worker(new URL('./worker/checksums.ts', import.meta.url), { type: 'module' });
  const remote: Remote<ChecksumsApi> = wrap(worker);
  try {
    return await Promise.race([remote.of(image, raw), abortion(signal), workerFailure(worker)]);
  } finally {
    worker.terminate();
  }
}

/** `InspectorApi` as the page sees it: calls reject when the worker breaks down or is ended. */
export type Inspecting = InspectorApi;

/** Starts a worker that looks into archives and images, and ends it when the signal aborts. */
export function inspect(signal: AbortSignal): Inspecting {
  const worker = new Worker(new URL('./worker/inspector.ts', import.meta.url), { type: 'module' });
  const remote: Remote<InspectorApi> = wrap(worker);
  const ended = Promise.race([abortion(signal), workerFailure(worker)]);
  ended.catch(() => {
    worker.terminate();
    void removeSpools();
  });
  const settle = <T>(call: Promise<T>): Promise<T> => Promise.race([call, ended]);
  return {
    open: (files, options, progress) => settle(remote.open(files, options, proxy(progress))),
    judge: (options) => settle(remote.judge(options)),
    verify: (known) => settle(remote.verify(known)),
    children: (path) => settle(remote.children(path)),
    blocks: (image) => settle(remote.blocks(image)),
    script: (options) => settle(remote.script(options)),
  };
}
