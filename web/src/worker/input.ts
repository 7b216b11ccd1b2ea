/** What both workers that read archives share: files opened, the analysis in a worker of its own. */
import { proxy, transfer, wrap } from 'comlink';
import {
  type AnalysisJob,
  type ManifestFile,
  type PathAnalysis,
  partsOf,
  Refusal,
  type Source,
  shares,
} from '../../../src/core/index.ts';
import { workerFailure } from '../parts.ts';
import type { AnalysisApi } from './analysis.ts';
import type { InputFiles } from './api.ts';
import { FileSource } from './file-source.ts';

/** Archives to be read, and manifests that are. @throws Refusal `source-unreadable` */
export const openInput = async ({ archives, manifests }: InputFiles) => ({
  archives: archives.map((file) => new FileSource(file)),
  manifests: await Promise.all(manifests.map(readManifest)),
});

async function readManifest(file: File): Promise<ManifestFile> {
  try {
    return { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) };
  } catch (error) {
    throw new Refusal('source-unreadable', { name: file.name, why: (error as Error).message });
  }
}

/** Workers that read contents at most: more would wait for each other's reads. */
const MAX_WORKERS = 4;

/**
 * Hashes and searches contents in as many workers as there are cores.
 * @param progress counts what all of them have done
 */
export async function analyse(
  { recipes, wanted }: AnalysisJob,
  sources: readonly Source[],
  progress: (paths: number, narBytes: number) => void,
): Promise<readonly PathAnalysis[]> {
  const archives = sources.map((source) => {
    const { own, anew } = partsOf(source);
    return { file: (own as FileSource).file, anew };
  });
  const parts = shares(recipes, Math.min(navigator.hardwareConcurrency, MAX_WORKERS));
  const done = parts.map(() => [0, 0] as [number, number]);
  const workers = parts.map(() => new Worker(new URL('./analysis.ts', import.meta.url), { type: 'module' }));
  try {
    const analyses = parts.map((share, index) => {
      const report = (paths: number, bytes: number) => {
        done[index] = [paths, bytes];
        progress(
          done.reduce((sum, [all]) => sum + all, 0),
          done.reduce((sum, [, all]) => sum + all, 0),
        );
      };
      const job: AnalysisJob = { recipes: share, wanted };
      const buffers = share.flatMap(({ frames, steps }) => [frames.buffer, steps.buffer]);
      const worker = workers[index]!;
      const answer = wrap<AnalysisApi>(worker).analyse(transfer(job, buffers), archives, proxy(report));
      return Promise.race([answer, workerFailure(worker)]);
    });
    return (await Promise.all(analyses)).flat();
  } finally {
    for (const worker of workers) worker.terminate();
  }
}
