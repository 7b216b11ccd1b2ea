/** Hashing and searching contents in a thread of its own, while the engine's thread writes them. */

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type AnalysisJob, type Anew, type PathAnalysis, shares } from '../core/index.ts';
import type { OpenFile } from './storage.ts';

export interface AnalysisRequest {
  readonly job: AnalysisJob;
  readonly archives: readonly { readonly file: OpenFile; readonly anew: Anew | undefined }[];
}

export type AnalysisAnswer =
  | { readonly analyses: readonly PathAnalysis[] }
  | { readonly paths: number; readonly bytes: number }
  | { readonly sentence: string };

/**
 * Analyses in as many threads as there are cores; each reads the same files.
 * @param progress counts what all of them have done
 * @param signal ends them
 */
export async function analyseInThreads(
  { recipes, wanted }: AnalysisJob,
  archives: AnalysisRequest['archives'],
  progress: (paths: number, narBytes: number) => void,
  signal?: AbortSignal,
): Promise<readonly PathAnalysis[]> {
  const end = new AbortController();
  const stop = () => end.abort(signal?.reason);
  signal?.addEventListener('abort', stop);
  const parts = shares(recipes, availableParallelism());
  const done = parts.map(() => [0, 0] as [number, number]);
  try {
    const analyses = parts.map((share, index) =>
      analyseInThread({ job: { recipes: share, wanted }, archives }, end.signal, (paths, bytes) => {
        done[index] = [paths, bytes];
        progress(
          done.reduce((sum, [all]) => sum + all, 0),
          done.reduce((sum, [, all]) => sum + all, 0),
        );
      }),
    );
    return (await Promise.all(analyses)).flat();
  } finally {
    signal?.removeEventListener('abort', stop);
    end.abort();
  }
}

function analyseInThread(
  request: AnalysisRequest,
  signal: AbortSignal,
  progress: (paths: number, narBytes: number) => void,
): Promise<readonly PathAnalysis[]> {
  const transferList = request.job.recipes.flatMap(({ frames, steps }) => [frames.buffer, steps.buffer]);
  // Nothing that it makes lives for long.
  const resourceLimits = { maxYoungGenerationSizeMb: 4 };
  const worker = new Worker(new URL('./analysis-thread.js', import.meta.url), {
    workerData: request,
    transferList,
    resourceLimits,
  });
  const answer = new Promise<readonly PathAnalysis[]>((resolve, reject) => {
    worker.on('message', (said: AnalysisAnswer) => {
      if ('analyses' in said) resolve(said.analyses);
      else if ('paths' in said) progress(said.paths, said.bytes);
      else reject(Object.assign(new Error(said.sentence), { name: 'Refusal' }));
    });
    signal.addEventListener('abort', () => {
      void worker.terminate();
      reject(signal.reason);
    });
    worker.on('error', reject);
    worker.on('exit', (status) => reject(new Error(`the analysis ended with status ${status}`)));
  });
  return answer;
}
