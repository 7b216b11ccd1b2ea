/** What the main thread asks of the engine's thread, and what comes back. Types only. */
import type { BuildReport, CheckVerdict, Delivery, Inspection, Options, Progress } from '../core/index.ts';
import type { CommandName } from './arguments.ts';

export interface Job {
  readonly command: CommandName;
  readonly files: readonly string[];
  readonly manifests: readonly string[];
  readonly options: Options;
  /** `inspect`: the store path to explain. */
  readonly why: string | undefined;
  /** Where `build` writes; does not exist yet. */
  readonly target: string;
  /** Whether zeros are written there, too. */
  readonly isFilled: boolean;
  /** What is in compressed archives is put into files that begin with this path. */
  readonly scratch: string;
  /** Folder or tar to fill the firmware partition from. */
  readonly firmware: string | undefined;
}

export type Result =
  | { readonly command: 'build'; readonly report: BuildReport; readonly delivery: Delivery }
  | { readonly command: 'plan' }
  | { readonly command: 'inspect'; readonly inspection: Inspection }
  | { readonly command: 'check'; readonly facts: Readonly<Record<string, unknown>>; readonly check: CheckVerdict };

export type Message =
  | { readonly kind: 'progress'; readonly progress: Progress }
  /** A piece of the plan's script. */
  | { readonly kind: 'output'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** What `--json` says of work that failed. */
export interface Failure {
  /** A sentence. */
  readonly error: string;
  /** Of a closure that does not hold together: all that is wrong with it, as `inspect` has it. */
  readonly errors?: readonly string[];
  readonly warnings?: readonly string[];
}
