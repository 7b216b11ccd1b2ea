/** A worker that hashes and searches its share of the contents. */
import { expose } from 'comlink';
import {
  type AnalysisJob,
  analyseRecipes,
  makeNewHasher,
  type PathAnalysis,
  throttled,
} from '../../../src/core/index.ts';
import type { TableSource } from '../table.ts';
import { openSource } from './table.ts';

const api = {
  async analyse(
    job: AnalysisJob,
    archives: readonly TableSource[],
    progress: (paths: number, narBytes: number) => void,
  ): Promise<readonly PathAnalysis[]> {
    const tell = throttled(progress, () => 'analyse');
    return analyseRecipes(job, archives.map(openSource), await makeNewHasher(), tell);
  },
};

export type AnalysisApi = typeof api;

addEventListener('message', ({ data }: MessageEvent<MessagePort>) => expose(api, data));
postMessage('ready');
