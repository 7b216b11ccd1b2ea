/** The worker that hashes and searches contents while the engine's worker writes them. */
import { expose } from 'comlink';
import { type AnalysisJob, analyseRecipes, type PathAnalysis, throttled } from '../../../src/core/index.ts';
import { FileSource } from './file-source.ts';
import { makeNewHasher } from './hasher.ts';

const api = {
  async analyse(
    job: AnalysisJob,
    archives: readonly File[],
    progress: (paths: number, narBytes: number) => void,
  ): Promise<readonly PathAnalysis[]> {
    const sources = archives.map((file) => new FileSource(file));
    return analyseRecipes(
      job,
      sources,
      await makeNewHasher(),
      throttled(progress, () => 'analyse'),
    );
  },
};

export type AnalysisApi = typeof api;

expose(api);
