/** The worker's interface: all that the page asks of it. Types only. */
import type { BuildReport, Options, Progress } from '../../../src/core/index.ts';

export interface BuildRequest {
  readonly archives: readonly File[];
  readonly manifests: readonly File[];
  readonly options: Options;
  /** Name of this build's scratch file in OPFS. */
  readonly scratch: string;
}

/** Where the finished image is. */
export type ImagePlace =
  /** A file in OPFS, named as the request's `scratch`. */
  | { readonly kind: 'opfs'; readonly scratch: string }
  /** Too small for a disk, or there is none: the bytes themselves. */
  | { readonly kind: 'memory'; readonly blob: Blob };

export interface BuildAnswer {
  readonly report: BuildReport;
  readonly place: ImagePlace;
}

/** Where the image is being made, once that is decided. */
export interface Storage {
  readonly kind: ImagePlace['kind'];
  readonly bytes: number;
  /** What the browser thinks is free, where that is less than the image: a hint, often wrong. */
  readonly doubt: number | undefined;
}

export interface EngineApi {
  /**
   * Builds one image; a worker builds one and is then done with.
   * @param progress called at most some ten times a second, never awaited
   * @param storage called once the image's size is known, never awaited
   */
  build(
    request: BuildRequest,
    progress: (progress: Progress) => void,
    storage: (storage: Storage) => void,
  ): Promise<BuildAnswer>;
}
