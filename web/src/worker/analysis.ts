/** The worker that hashes and searches contents while the engine's worker writes them. */
import { expose } from 'comlink';
import { type AnalysisJob, analyseRecipes, type PathAnalysis } from '../../../src/core/index.ts';
import { FileSource } from './file-source.ts';
import { makeNewHasher } from './hasher.ts';

const api = {
  async analyse(job: AnalysisJob, archives: readonly File[]): Promise<readonly PathAnalysis[]> {
    return analyseRecipes(
      job,
      archives.map((file) => new FileSource(file)),
      await makeNewHasher(),
    );
  },
};

export type AnalysisApi = typeof api;

expose(api);
