/** Hashing and searching contents in a thread of its own, while the engine's thread writes them. */
import { Worker } from 'node:worker_threads';
import type { AnalysisJob, Anew, PathAnalysis } from '../core/index.ts';
import type { OpenFile } from './storage.ts';

export interface AnalysisRequest {
  readonly job: AnalysisJob;
  readonly archives: readonly { readonly file: OpenFile; readonly anew: Anew | undefined }[];
}

export type AnalysisAnswer = { readonly analyses: readonly PathAnalysis[] } | { readonly sentence: string };

/**
 * Analyses in a thread of its own, which reads the same files.
 * @param signal ends it
 */
export function analyseInThread(
  job: AnalysisJob,
  archives: AnalysisRequest['archives'],
  signal?: AbortSignal,
): Promise<readonly PathAnalysis[]> {
  const request: AnalysisRequest = { job, archives };
  const transferList = job.recipes.flatMap(({ frames, steps }) => [frames.buffer, steps.buffer]);
  // Nothing that it makes lives for long.
  const resourceLimits = { maxYoungGenerationSizeMb: 4 };
  const worker = new Worker(new URL('./analysis-thread.js', import.meta.url), {
    workerData: request,
    transferList,
    resourceLimits,
  });
  signal?.addEventListener('abort', () => void worker.terminate());
  return new Promise((resolve, reject) => {
    worker.on('message', (answer: AnalysisAnswer) => {
      if ('analyses' in answer) resolve(answer.analyses);
      else reject(Object.assign(new Error(answer.sentence), { name: 'Refusal' }));
    });
    worker.on('error', reject);
    worker.on('exit', (status) => reject(new Error(`the analysis ended with status ${status}`)));
  });
}
