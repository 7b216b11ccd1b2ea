/** What the main thread asks of the engine's thread, and what comes back. Types only. */
import type { MessagePort } from 'node:worker_threads';
import type { BuildReport, CheckVerdict, Delivery, Inspection, Options, Progress } from '../core/index.ts';
import type { CommandName } from './arguments.ts';

export interface Job {
  readonly command: CommandName;
  readonly files: readonly string[];
  readonly manifests: readonly string[];
  readonly options: Options;
  /** `inspect`: the store path to explain. */
  readonly why: string | undefined;
  /** Where the image's bytes are handed over. */
  readonly port: MessagePort;
  /** The folder that `build` makes a file in; `undefined` where it makes none. */
  readonly folder: string | undefined;
  /** Whether zeros are written there, too. */
  readonly isFilled: boolean;
  /** Whether the image's digest is wanted. */
  readonly isHashed: boolean;
  /** That read contents; as many as there are cores, where nothing is said. */
  readonly threads: number | undefined;
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
  /** The image is made and checked: from now on its bytes can be asked for. `bytes` of it are 0 where compressing tells. */
  | { readonly kind: 'image'; readonly bytes: number }
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
