/** What the engine is given, what it asks of where it runs, and what it answers. Types only. */
import type { Superblock } from './image/index.ts';
import type { AnalysisJob, PathAnalysis } from './nix/index.ts';
import type { Options } from './options.ts';
import type { BlockStore, Source, Spool } from './storage/index.ts';

/** A `WebAssembly.Module`, which only the types of browsers declare. */
export interface CompiledModule {
  readonly [Symbol.toStringTag]?: string;
}

/** Those of e2fsprogs' programs that the engine runs. */
export type ProgramName = 'mke2fs' | 'debugfs' | 'e2fsck' | 'dumpe2fs';

/** A closure manifest given beside the archive. */
export interface ManifestFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What an image is made of, and how. */
export interface BuildInput {
  readonly archives: readonly Source[];
  readonly manifests: readonly ManifestFile[];
  readonly options: Options;
}

/** What a build is at. They come in this order, but for `analyse`, which is named when it is waited for. */
export type Phase = 'expand' | 'index' | 'mkfs' | 'populate' | 'analyse' | 'check' | 'audit' | 'deliver';

/** How far a build is. `done` and `total` are bytes of the phase's own work; `total` is 0 where it is not known. */
export interface Progress {
  readonly phase: Phase;
  readonly done: number;
  readonly total: number;
  /** Entries done in this phase. */
  readonly entries: number;
}

/** What the engine needs of where it runs. */
export interface BuildHost {
  /** The compiled program; called once for each that is needed. */
  program(name: ProgramName): Promise<CompiledModule>;
  /** A new store of `size` zero bytes for the image. */
  createStore(size: number): Promise<BlockStore>;
  /** Called when all is written to the image's store, before the check: from here on it is only read. */
  whole?(image: BlockStore): Promise<void> | void;
  /** The compiled decompressors (wasm/codecs); called only where an archive is compressed. */
  codecs(): Promise<CompiledModule>;
  /** A place for what is in a compressed archive of this name. */
  createSpool(name: string): Promise<Spool>;
  /** Runs `analyseRecipes` over sources that the host has made, in another thread where there is one. */
  analyse(job: AnalysisJob, sources: readonly Source[]): Promise<readonly PathAnalysis[]>;
  /** Called often; the host throttles. */
  progress(progress: Progress): void;
  /** Milliseconds of a clock that only goes forward. */
  now(): number;
}

/** What was read back and found to be right. */
export interface AuditVerdict {
  readonly files: number;
  readonly bytes: number;
  readonly links: number;
  readonly directories: number;
}

/** What was built: the part of `storeimg build --json` that the engine knows. */
export interface BuildReport {
  readonly image: Superblock & { readonly bytes: number };
  readonly closure: {
    readonly storePaths: number;
    readonly entries: number;
    readonly contentBytes: number;
    readonly missingReferences: readonly string[];
    /** With `--links dedupe`: files that became names of another, and the bytes of content that this saved. */
    readonly deduplicated?: { readonly files: number; readonly bytes: number };
  };
  readonly warnings: readonly string[];
  /** e2fsck's verdict; `undefined` when it was not asked. */
  readonly check: { readonly clean: boolean; readonly output: string } | undefined;
  /** What was read back and found right; `undefined` when it was not asked. */
  readonly audit: AuditVerdict | undefined;
  readonly seconds: {
    readonly index: number;
    readonly mkfs: number;
    readonly populate: number;
    /** Waiting for the analysis after everything else was written. */
    readonly analyse: number;
    readonly check: number;
    readonly audit: number;
    /** All of these, and what lies between them. */
    readonly total: number;
  };
}
