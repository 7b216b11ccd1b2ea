/** One build in one worker. Abort is termination: nothing else stops a worker that is inside WebAssembly. */
import { proxy, type Remote, releaseProxy, wrap } from 'comlink';
import type { Progress } from '../../src/core/index.ts';
import { workerFailure } from './parts.ts';
import { removeScratch } from './scratch.ts';
import type { BuildAnswer, BuildRequest, EngineApi, Storage } from './worker/api.ts';

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
  // A call to a terminated worker never settles.
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  try {
    const answer = engine.build(request, proxy(onProgress), proxy(onStorage));
    return await Promise.race([answer, aborted, workerFailure(worker)]);
  } catch (error) {
    worker.terminate();
    void removeScratch(request.scratch).catch(() => {}); // No OPFS, no scratch file.
    throw error;
  } finally {
    engine[releaseProxy]();
    worker.terminate();
  }
}
