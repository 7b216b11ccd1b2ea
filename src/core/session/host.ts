/** What a session is given and what it asks of where it runs. Types only. */

import type { ExpandHost } from '../compression/index.ts';
import type { CompiledModule, ProgramName } from '../module.ts';
import type { AnalysisJob, ManifestFile, PathAnalysis } from '../nix/index.ts';
import type { Progress } from '../progress.ts';
import type { Source } from '../storage/index.ts';

/** What an image is made of. */
export interface SessionInput {
  readonly archives: readonly Source[];
  readonly manifests: readonly ManifestFile[];
}

/** What the engine needs of where it runs. */
export interface SessionHost extends Omit<ExpandHost, 'progress'> {
  /** The compiled program; asked for whenever it is needed. */
  program(name: ProgramName): Promise<CompiledModule>;
  /**
   * Runs `analyseRecipes` over sources that the host has made, in other threads where there are any.
   * @param progress counts store paths and bytes of their NARs that are done
   */
  analyse(
    job: AnalysisJob,
    sources: readonly Source[],
    progress: (paths: number, narBytes: number) => void,
    signal?: AbortSignal,
  ): Promise<readonly PathAnalysis[]>;
}

/** How a session ends early, and who hears of its progress. */
export interface SessionListener {
  /** Aborted: all that is asked fails with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called often; the host throttles. */
  readonly progress?: ((progress: Progress) => void) | undefined;
}
