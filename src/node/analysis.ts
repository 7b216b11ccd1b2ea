/** Hashing and searching contents in threads of their own. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import {
  type AnalysisJob,
  type AnalysisProgress,
  analyseShares,
  type Expanding,
  type PathAnalysis,
} from '../core/index.ts';
import type { OpenFile } from './storage.ts';

export interface AnalysisRequest {
  readonly job: AnalysisJob;
  readonly archives: readonly { readonly file: OpenFile; readonly expanding: Expanding | undefined }[];
}

export type AnalysisAnswer =
  | { readonly analyses: readonly PathAnalysis[] }
  | { readonly paths: number; readonly bytes: number }
  | { readonly sentence: string };

/**
 * Analyses in threads that all read the same files.
 * @param progress counts what all of them have done
 * @param signal ends them
 */
export async function analyseInThreads(
  job: AnalysisJob,
  archives: AnalysisRequest['archives'],
  progress: AnalysisProgress,
  signal?: AbortSignal,
  threads = availableParallelism(),
): Promise<readonly PathAnalysis[]> {
  const end = new AbortController();
  const stop = () => end.abort(signal?.reason);
  signal?.addEventListener('abort', stop);
  try {
    return await analyseShares(job, threads, progress, (share, transfer, report) =>
      analyseInThread({ job: share, archives }, transfer, end.signal, report),
    );
  } finally {
    signal?.removeEventListener('abort', stop);
    end.abort();
  }
}

function analyseInThread(
  request: AnalysisRequest,
  transferList: ArrayBuffer[],
  signal: AbortSignal,
  progress: AnalysisProgress,
): Promise<readonly PathAnalysis[]> {
  // Nothing that it makes lives for long.
  const resourceLimits = { maxYoungGenerationSizeMb: 4 };
  const worker = new Worker(new URL('./analysis-thread.js', import.meta.url), {
    workerData: request,
    transferList,
    resourceLimits,
  });
  return new Promise((resolve, reject) => {
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
}
