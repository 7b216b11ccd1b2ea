/** The worker's interface: all that the page asks of it. Types only. */
import type {
  BlockMap,
  BuildReport,
  Child,
  Delivery,
  Judgement,
  Options,
  Overview,
  PathAnalysis,
  Progress,
  Raw,
} from '../../../src/core/index.ts';

export interface InputFiles {
  readonly archives: readonly File[];
  readonly manifests: readonly File[];
}

export interface BuildRequest extends InputFiles {
  readonly options: Options;
  /** Name of this build's scratch file in OPFS. */
  readonly scratch: string;
  /** What an inspection has found in the same archives: nothing is then hashed twice. */
  readonly analyses: readonly PathAnalysis[] | undefined;
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
  readonly raw: Raw;
  /** What compressing has found out; without it the image is not read again before it is there. */
  readonly delivery: Delivery | undefined;
}

/** Reads what is finished, while a person can have it already. */
export interface ChecksumsApi {
  of(image: Blob, raw: Raw): Promise<Delivery>;
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

/** Looks into archives (`open` comes first, and a worker opens once) and into images. */
export interface InspectorApi {
  /** @param progress called at most some ten times a second, also while contents are verified */
  open(
    files: InputFiles,
    options: Pick<Options, 'maxExpanded'>,
    progress: (progress: Progress) => void,
  ): Promise<Overview>;
  /** Size and findings under these options; contents count once `verify` is through. */
  judge(options: Options): Promise<Judgement>;
  /** Reads all contents, unless it is known already what is in them. */
  verify(known: readonly PathAnalysis[] | undefined): Promise<readonly PathAnalysis[]>;
  /** What lies in a directory, largest first; '' is the root. */
  children(path: string): Promise<readonly Child[]>;
  /** The script that makes the same image natively. */
  script(options: Options): Promise<Blob>;
  /** What a finished image's blocks are used for. */
  blocks(image: Blob): Promise<BlockMap>;
}
