/** What both workers that read archives share: files opened, the analysis in a worker of its own. */
import { proxy, transfer, wrap } from 'comlink';
import {
  type AnalysisJob,
  type ManifestFile,
  type PathAnalysis,
  type Progress,
  partsOf,
  Refusal,
  type Source,
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

/**
 * Hashes and searches contents in another worker.
 * @param progress counts its bytes and store paths
 * @param port leads to a worker that shares what it reads
 */
export async function analyse(
  job: AnalysisJob,
  sources: readonly Source[],
  progress: (progress: Progress) => void,
  port?: MessagePort,
): Promise<readonly PathAnalysis[]> {
  const worker = new Worker(new URL('./analysis.ts', import.meta.url), { type: 'module' });
  const total = job.recipes.reduce((sum, { narSize }) => sum + narSize, 0);
  const report = (entries: number, done: number) => progress({ phase: 'analyse', done, total, entries });
  try {
    const archives = sources.map((source) => {
      const { own, anew } = partsOf(source);
      return { file: (own as FileSource).file, anew };
    });
    const buffers = job.recipes.flatMap(({ frames, steps }) => [frames.buffer, steps.buffer]);
    const shared = port && transfer(port, [port]);
    const analyses = wrap<AnalysisApi>(worker).analyse(transfer(job, buffers), archives, proxy(report), shared);
    return await Promise.race([analyses, workerFailure(worker)]);
  } finally {
    worker.terminate();
  }
}
