/** A program's open files: the image and the sources, under POSIX's rules for reading and writing. */
import type { ByteString } from '../bytes.ts';
import type { BlockStore, Source } from '../storage/index.ts';

/** What a program sees under a path: the image (read and write), a source (read only), or nothing. */
export type FileTable = (path: ByteString) => BlockStore | Source | undefined;

/** Takes a run of a file's blocks that a program has mapped: `length` blocks from `block` on lie at `place`. */
export type Mapped = (block: number, place: number, length: number) => void;

/** 0 to 2 are the standard streams. */
const FIRST_DESCRIPTOR = 3;

/** e2fsck opens it, to be sure that the standard streams have descriptors. */
const NULL_DEVICE: Source = { name: '/dev/null', size: 0, read() {} };

export interface OpenFile {
  readonly file: BlockStore | Source;
  /** Where `read` and `write` go on. */
  at: number;
}

export class Files {
  readonly #table: FileTable;
  readonly #open: (OpenFile | undefined)[] = [];

  constructor(table: FileTable) {
    this.#table = table;
  }

  /** A new descriptor, the lowest that is free; -1 when nothing has that path. */
  open(path: ByteString): number {
    const file = path === NULL_DEVICE.name ? NULL_DEVICE : this.#table(path);
    if (!file) return -1;
    let free = this.#open.indexOf(undefined);
    if (free < 0) free = this.#open.length;
    this.#open[free] = { file, at: 0 };
    return FIRST_DESCRIPTOR + free;
  }

  close(descriptor: number): void {
    this.#open[descriptor - FIRST_DESCRIPTOR] = undefined;
  }

  get(descriptor: number): OpenFile | undefined {
    return this.#open[descriptor - FIRST_DESCRIPTOR];
  }

  /** The image behind a descriptor; `undefined` for a source, which can't be written. */
  store(descriptor: number): BlockStore | undefined {
    const file = this.get(descriptor)?.file;
    return file && 'write' in file ? file : undefined;
  }
}

/** Reads what there is, at most `into.length` bytes; returns how many. */
export function readAt(file: BlockStore | Source, offset: number, into: Uint8Array): number {
  const length = Math.min(into.length, Math.max(file.size - offset, 0));
  if (length > 0) file.read(offset, length === into.length ? into : into.subarray(0, length));
  return length;
}

/** Writes everything, making the store larger when it must. */
export function writeAt(store: BlockStore, offset: number, from: Uint8Array): void {
  if (offset + from.length > store.size) store.resize(offset + from.length);
  store.write(offset, from);
}

/** Zeros the part of a range that lies in the store. */
export function zeroAt(store: BlockStore, offset: number, length: number): void {
  const within = Math.min(length, store.size - offset);
  if (within > 0) store.zero(offset, within);
}
