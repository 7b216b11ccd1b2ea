/** What both workers that read archives share: files opened, the analysis in workers of its own. */
import { proxy, type Remote, releaseProxy, transfer, wrap } from 'comlink';
import {
  type AnalysisJob,
  type AnalysisProgress,
  analyseShares,
  type ManifestFile,
  type PathAnalysis,
  Refusal,
  type Source,
} from '../../../src/core/index.ts';
import type { AnalysisApi } from './analysis.ts';
import type { Analysts, InputFiles } from './api.ts';
import { FileSource } from './file-source.ts';
import { portable } from './table.ts';

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
  job: AnalysisJob,
  sources: readonly Source[],
  progress: AnalysisProgress,
  analysts: Remote<Analysts>,
): Promise<readonly PathAnalysis[]> {
  const archives = sources.map((source) => portable(source)!);
  const threads = Math.min(navigator.hardwareConcurrency, MAX_WORKERS);
  try {
    return await analyseShares(job, threads, progress, async (share, buffers, report) => {
      const analyst = wrap<AnalysisApi>(await analysts.start());
      try {
        return await analyst.analyse(transfer(share, buffers), archives, proxy(report));
      } finally {
        // Until then it is needed: comlink closes the port of what is collected, and the answer would be lost.
        analyst[releaseProxy]();
      }
    });
  } finally {
    void analysts.end();
  }
}
