/**
 * All that the engine asks of its host's storage: two contracts, both synchronous, since the programs inside
 * WebAssembly cannot wait. `test/storage/` holds one conformance suite for every implementation of each.
 */

/** Bytes to read: an archive, wherever it lies. */
export interface Source {
  /** What a person calls it: the file's name. */
  readonly name: string;
  /** Bytes in all. */
  readonly size: number;
  /**
   * Fills `into` with the bytes from `offset` on; the range lies within the source.
   * @throws Refusal `source-unreadable` when the host can't read them (gone, changed, permission).
   */
  read(offset: number, into: Uint8Array): void;
  /**
   * Called between two programs' commands, where waiting is possible: the ranges that the next commands read,
   * in order. What is fetched here, `read` finds in memory.
   */
  prefetch?(start: number, end: number): Promise<void>;
  /**
   * How many bytes are best fetched before the first of them is read, where their order is not the source's, and what
   * each range is rounded up to. Without it, a few megabytes.
   */
  readonly fetches?: { readonly bytes: number; readonly grain: number } | undefined;
  /** Where known: the first offset from `offset` on that holds data, `undefined` when only zeros follow. */
  nextData?(offset: number): number | undefined;
  /** Where known: the first offset from `offset` on where a hole begins; the end of the source counts as one. */
  nextHole?(offset: number): number;
}

/** Where an archive that is expanded goes, front to back. */
export interface Spool {
  /**
   * @param bytes only valid during the call
   * @throws Refusal `storage-full`, `storage-failed` or `spool-missing`
   */
  append(bytes: Uint8Array): void;
  /** What was appended, to be read. */
  finish(): Promise<Source>;
  /** Gives the room back. What `finish` gave can't be read any more. */
  discard(): Promise<void>;
}

/** What a program writes to: a byte array of settable size whose unwritten and zeroed ranges read as zeros. */
export interface BlockStore {
  /** Bytes in all. */
  readonly size: number;
  /** Fills `into` from `offset` on; the range lies within the store. */
  read(offset: number, into: Uint8Array): void;
  /**
   * Writes all of `from` at `offset`; the range lies within the store. `from` is only valid during the call.
   * @throws Refusal `storage-full` or `storage-failed`.
   */
  write(offset: number, from: Uint8Array): void;
  /** Makes a range read as zeros, without writing them where the host can. */
  zero(offset: number, length: number): void;
  /** Cuts off, or adds zeros at the end. */
  resize(size: number): void;
  /** Hands everything written to the host's storage. */
  flush(): void;
}

/** Bytes somewhere. */
export interface Range {
  readonly offset: number;
  readonly length: number;
}

/** A block store that knows its holes. */
export interface SparseStore extends BlockStore {
  /** After a flush: ranges outside of which all is zeros, in order, none touching the next. */
  written(): Range[];
}

export { MemoryStore } from './memory.ts';
export { mergeRanges } from './ranges.ts';
export { bytesSource, readStart } from './source.ts';
export { View } from './view.ts';
export { isZeros } from './zeros.ts';
