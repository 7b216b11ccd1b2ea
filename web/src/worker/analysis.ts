/** The worker that hashes and searches contents while the engine's worker writes them. */
import { expose } from 'comlink';
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
import { takeOver } from './sharing.ts';

const api = {
  /** @param port leads to a worker that shares what it reads */
  async analyse(
    job: AnalysisJob,
    archives: readonly { readonly file: File; readonly anew: Anew | undefined }[],
    progress: (paths: number, narBytes: number) => void,
    port?: MessagePort,
  ): Promise<readonly PathAnalysis[]> {
    const files = archives.map(({ file }) => new FileSource(file));
    const release = port && takeOver(job, files, port);
    const sources = files.map((file, index) => ofParts(file, archives[index]!.anew));
    const tell = throttled(progress, () => 'analyse');
    return analyseRecipes(job, sources, await makeNewHasher(), (paths, narBytes) => {
      release?.();
      tell(paths, narBytes);
    });
  },
};

export type AnalysisApi = typeof api;

expose(api);
