/** The analysis' thread: one request, then it ends. */
import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { analyseRecipes, type NewHasher, ofParts, sentence, throttled } from '../core/index.ts';
import type { AnalysisAnswer, AnalysisRequest } from './analysis.ts';
import { FileSource } from './storage.ts';

/** OpenSSL streams faster than anything else in Node.js. */
const nodeHasher: NewHasher = () => {
  const hash = createHash('sha256');
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
};

async function answer({ job, archives }: AnalysisRequest): Promise<AnalysisAnswer> {
  try {
    const sources = archives.map(({ file, expanding }) => ofParts(new FileSource(file), expanding));
    const tell = throttled(
      (paths: number, bytes: number) => parentPort!.postMessage({ paths, bytes } satisfies AnalysisAnswer),
      () => 'analyse',
    );
    return { analyses: await analyseRecipes(job, sources, nodeHasher, tell) };
  } catch (error) {
    return { sentence: sentence(error) };
  }
}

parentPort!.postMessage(await answer(workerData));
