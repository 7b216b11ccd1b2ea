/** One analysis as shares, one for each of several threads. */
import type { AnalysisJob, PathAnalysis } from './analysis.ts';
import type { NarRecipe } from './recipe.ts';

/** Told of store paths and bytes of their NARs that are done. */
export type AnalysisProgress = (paths: number, narBytes: number) => void;

/**
 * Has each share analysed; ends with the first that fails.
 * @param analyse runs one share in a thread of its own; `job.transfer` is what may be moved there
 * @param progress counts what all of them have done
 */
export async function analyseShares(
  { recipes, wanted }: AnalysisJob,
  threads: number,
  progress: AnalysisProgress,
  analyse: (
    share: AnalysisJob,
    transfer: ArrayBuffer[],
    progress: AnalysisProgress,
  ) => Promise<readonly PathAnalysis[]>,
): Promise<readonly PathAnalysis[]> {
  const parts = shares(recipes, threads);
  const paths = parts.map(() => 0);
  const bytes = parts.map(() => 0);
  const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0);
  const analyses = parts.map((share, index) => {
    const transfer = share.flatMap(({ frames, steps }) => [frames.buffer, steps.buffer]);
    return analyse({ recipes: share, wanted }, transfer, (pathsDone, bytesDone) => {
      paths[index] = pathsDone;
      bytes[index] = bytesDone;
      progress(sum(paths), sum(bytes));
    });
  });
  return (await Promise.all(analyses)).flat();
}

/**
 * The recipes as shares of about the same number of bytes, one for each thread: the largest are given out first, each to
 * the thread that has the least. Each share is in the recipes' own order, so that archives are read front to back.
 */
function shares(recipes: readonly NarRecipe[], threads: number): NarRecipe[][] {
  const made = Array.from({ length: Math.max(1, Math.min(threads, recipes.length)) }, () => ({
    bytes: 0,
    indices: [] as number[],
  }));
  const order = recipes.map((_, index) => index).sort((a, b) => recipes[b]!.narSize - recipes[a]!.narSize);
  for (const index of order) {
    const least = made.reduce((a, b) => (b.bytes < a.bytes ? b : a));
    least.bytes += recipes[index]!.narSize;
    least.indices.push(index);
  }
  return made.map(({ indices }) => indices.sort((a, b) => a - b).map((index) => recipes[index]!));
}
