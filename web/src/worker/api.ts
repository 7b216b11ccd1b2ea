/** The worker's interface: all that the page asks of it. Types only. */
import type {
  BlockMap,
  BuildReport,
  Child,
  Delivery,
  ImageEntry,
  InodeDetails,
  Judgement,
  Options,
  Overview,
  PathAnalysis,
  Progress,
  RawFacts,
  Superblock,
  WhyStep,
} from '../../../src/core/index.ts';

export interface InputFiles {
  readonly archives: readonly File[];
  readonly manifests: readonly File[];
}

export interface BuildRequest {
  /** A tar whose files fill the firmware partition of a disk. */
  readonly firmware: File | undefined;
  readonly options: Options;
  /** Name of this build's scratch file in OPFS. */
  readonly scratch: string;
  /** What was found in the same archives before: nothing is then hashed again. */
  readonly analyses: readonly PathAnalysis[] | undefined;
}

/** Where the finished image is. */
export type ImagePlace =
  /** A file in OPFS, named as the request's `scratch`. */
  | { readonly kind: 'opfs'; readonly scratch: string }
  /** There is no disk, or no room on it: the bytes themselves. */
  | { readonly kind: 'memory'; readonly blob: Blob };

export interface BuildAnswer {
  readonly report: BuildReport;
  readonly place: ImagePlace;
  readonly raw: RawFacts;
  /** What compressing has found out; without it the image is not read again before it is there. */
  readonly delivery: Delivery | undefined;
}

/** Reads what is finished, while a person can have it already. */
export interface ChecksumsApi {
  of(image: Blob, raw: RawFacts): Promise<Delivery>;
}

/** Where the image is being made, once that is decided. */
export interface Storage {
  readonly kind: ImagePlace['kind'];
  readonly bytes: number;
  /** What the browser thinks is free, where that is less than the image: a hint, often wrong. */
  readonly doubt: number | undefined;
}

/** Has archives open: `open` comes first, what else is asked waits for it. A worker opens once, and builds once. */
export interface EngineApi {
  /** @param progress called at most some ten times a second, never awaited; also while contents are verified, and of a build */
  open(
    files: InputFiles,
    options: Pick<Options, 'maxExpanded'>,
    progress: (progress: Progress) => void,
  ): Promise<Overview>;
  /** Size and findings under these options; contents count once `verify` is through. */
  judge(options: Options, firmware: File | undefined): Promise<Judgement>;
  /** Reads all contents, unless it is known already what is in them. */
  verify(known: readonly PathAnalysis[] | undefined): Promise<readonly PathAnalysis[]>;
  /** What lies in a directory, largest first; '' is the root. */
  children(path: string): Promise<readonly Child[]>;
  /** What keeps a store path in the closure; waits until contents are read. */
  why(storePath: string): Promise<readonly WhyStep[]>;
  /** The script that makes the same image natively. */
  script(options: Options): Promise<Blob>;
  /**
   * Builds the image.
   * @param storage called once the image's size is known, never awaited
   */
  build(request: BuildRequest, storage: (storage: Storage) => void): Promise<BuildAnswer>;
  /** What a finished image's blocks are used for. */
  blocks(image: Blob): Promise<BlockMap>;
  /** Whether a file that is no archive is an image that can be looked into. */
  isImage(file: File): Promise<boolean>;
}

/** Looks into one image (`open` comes first); inodes stand for names, which may be any bytes. */
export interface ReaderApi {
  open(image: Blob, name: string): Promise<Superblock>;
  list(directory: number): Promise<readonly ImageEntry[]>;
  details(inodes: readonly number[]): Promise<readonly InodeDetails[]>;
  content(file: Pick<ImageEntry, 'inode' | 'size'>): Promise<Blob>;
}
