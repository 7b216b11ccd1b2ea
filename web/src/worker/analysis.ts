/** A worker that hashes and searches its share of the contents. */
import {
  type AnalysisJob,
  type Anew,
  analyseRecipes,
  makeNewHasher,
  ofParts,
  type PathAnalysis,
  throttled,
} from '../../../src/core/index.ts';
import { FileSource } from './file-source.ts';
import { serve } from './serve.ts';

const api = {
  async analyse(
    job: AnalysisJob,
    archives: readonly { readonly file: File; readonly anew: Anew | undefined }[],
    progress: (paths: number, narBytes: number) => void,
  ): Promise<readonly PathAnalysis[]> {
    const files = archives.map(({ file }) => new FileSource(file));
    const sources = files.map((file, index) => ofParts(file, archives[index]!.anew));
    const tell = throttled(progress, () => 'analyse');
    return analyseRecipes(job, sources, await makeNewHasher(), tell);
  },
};

export type AnalysisApi = typeof api;

serve(api);
