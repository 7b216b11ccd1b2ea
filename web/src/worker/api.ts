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
import type { ImageTable } from '../table.ts';

export interface InputFiles {
  readonly archives: readonly File[];
  readonly manifests: readonly File[];
}

export interface BuildRequest {
  /** A tar whose files fill the firmware partition of a disk. */
  readonly firmware: File | undefined;
  readonly options: Options;
  /** Name of this build's scratch file in OPFS, where it needs one. */
  readonly scratch: string;
  /** What was found in the same archives before: nothing is then hashed again. */
  readonly analyses: readonly PathAnalysis[] | undefined;
}

export interface BuildAnswer {
  readonly report: BuildReport;
  /** All that is saved. */
  readonly image: ImageTable;
  readonly raw: RawFacts;
  /** What compressing has found out; without it the image is not read before it is there. */
  readonly delivery: Delivery | undefined;
}

/**
 * Workers that read contents. The page starts them: Firefox sometimes stops a worker for ever that starts workers.
 */
export interface Analysts {
  /** One more of them, to be asked there. */
  start(): MessagePort;
  /** Ends them all. */
  end(): void;
}

/** Has archives open: `open` comes first, what else is asked waits for it. A worker opens once, and builds once. */
export interface EngineApi {
  /** Comes before all else. */
  use(analysts: Analysts): Promise<void>;
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
  build(request: BuildRequest): Promise<BuildAnswer>;
  /** Whether a file that is no archive is an image that can be looked into. */
  isImage(file: File): Promise<boolean>;
}

/** Has one image open (`open` comes first); inodes stand for names, which may be any bytes. */
export interface ReaderApi {
  open(image: ImageTable, name: string): Promise<void>;
  superblock(): Promise<Superblock>;
  list(directory: number): Promise<readonly ImageEntry[]>;
  details(inodes: readonly number[]): Promise<readonly InodeDetails[]>;
  content(file: Pick<ImageEntry, 'inode' | 'size'>): Promise<Blob>;
  /** What blocks are used for. @param filesystem where it lies in the image */
  blocks(filesystem: RawFacts['filesystem']): Promise<BlockMap>;
  /** Hash and block map of what is saved. */
  checksums(raw: RawFacts): Promise<Delivery>;
  /** All of it as one Blob, which outlives the worker. */
  asBlob(): Promise<Blob>;
  /**
   * Hands all bytes over, front to back (core's handover.ts).
   * @param progress called at most some ten times a second with the bytes that were taken
   * @returns when the last was taken
   */
  hand(port: MessagePort, progress: (done: number) => void): Promise<void>;
}
