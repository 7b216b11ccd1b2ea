/**
 * e2fsprogs writes 4 KiB at a time; disks, and OPFS even more, want large writes in order. Between the two stands this
 * cache of whole chunks, written back when memory is wanted for others.
 */
import { eachPiece } from './chunks.ts';
import type { Range, SparseStore } from './index.ts';
import { mergeRanges } from './ranges.ts';

/** What keeps the bytes in the end. Reads as zeros where nothing was written. */
export interface Backing {
  read(offset: number, into: Uint8Array): void;
  write(offset: number, from: Uint8Array): void;
  resize(size: number): void;
}

/** Bytes a chunk: one write to the backing. */
const CHUNK = 2 ** 20;
/** Chunks in memory at most. */
const MOST_CHUNKS = 32;

interface Chunk {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** What has to be written back: `from` to `to`; nothing when they are equal. */
  from: number;
  to: number;
}

export class WriteBackStore implements SparseStore {
  size: number;
  readonly #backing: Backing;
  /** By index, the least recently used first. */
  readonly #chunks = new Map<number, Chunk>();
  /**
   * What the backing holds of each chunk: one range, within the chunk, outside of which it holds zeros. Other chunks
   * need no read, and no zeros written.
   */
  readonly #backed = new Map<number, { from: number; to: number }>();
  #lastIndex = -1;
  #lastChunk: Chunk | undefined;

  /** @param backing empty, of `size` bytes */
  constructor(backing: Backing, size: number) {
    this.#backing = backing;
    this.size = size;
  }

  read(offset: number, into: Uint8Array): void {
    eachPiece(CHUNK, offset, into.length, (index, from, length, done) => {
      const chunk = this.#chunks.get(index);
      const piece = into.subarray(done, done + length);
      if (chunk) piece.set(chunk.bytes.subarray(from, from + length));
      else if (this.#backed.has(index)) this.#backing.read(offset + done, piece);
      else piece.fill(0);
    });
  }

  write(offset: number, from: Uint8Array): void {
    eachPiece(CHUNK, offset, from.length, (index, start, length, done) => {
      const chunk = this.#use(index);
      chunk.bytes.set(length === from.length ? from : from.subarray(done, done + length), start);
      soil(chunk, start, start + length);
    });
  }

  zero(offset: number, length: number): void {
    const end = offset + length;
    const touched = new Set([...this.#chunks.keys(), ...this.#backed.keys()]);
    for (const index of touched) {
      const from = Math.max(0, offset - index * CHUNK);
      const to = Math.min(CHUNK, end - index * CHUNK);
      if (from >= to) continue;
      if (from === 0 && to === CHUNK && !this.#backed.has(index)) {
        this.#drop(index);
        continue;
      }
      const chunk = this.#use(index);
      chunk.bytes.fill(0, from, to);
      soil(chunk, from, to);
    }
  }

  resize(size: number): void {
    if (size < this.size) {
      for (const index of this.#chunks.keys()) if (index * CHUNK >= size) this.#drop(index);
      for (const [index, held] of this.#backed) {
        held.to = Math.min(held.to, size - index * CHUNK);
        if (held.from >= held.to) this.#backed.delete(index);
      }
      const cut = this.#chunks.get(Math.floor(size / CHUNK));
      if (cut) {
        cut.bytes.fill(0, size % CHUNK);
        cut.to = Math.min(cut.to, size % CHUNK);
        cut.from = Math.min(cut.from, cut.to);
      }
    }
    this.#backing.resize(size);
    this.size = size;
  }

  flush(): void {
    for (const index of [...this.#chunks.keys()].sort((a, b) => a - b))
      this.#writeBack(index, this.#chunks.get(index)!);
  }

  written(): Range[] {
    const held = [...this.#backed].sort(([a], [b]) => a - b);
    return mergeRanges(held.map(([index, { from, to }]) => ({ offset: index * CHUNK + from, length: to - from })));
  }

  /** The chunk, in memory and now the most recently used. */
  #use(index: number): Chunk {
    if (index === this.#lastIndex) return this.#lastChunk!;
    let chunk = this.#chunks.get(index);
    if (chunk) this.#chunks.delete(index);
    else chunk = this.#load(index);
    this.#chunks.set(index, chunk);
    this.#lastIndex = index;
    this.#lastChunk = chunk;
    return chunk;
  }

  #load(index: number): Chunk {
    let bytes: Uint8Array<ArrayBuffer> | undefined;
    if (this.#chunks.size >= MOST_CHUNKS) {
      const [[oldest, evicted]] = this.#chunks as unknown as [[number, Chunk]];
      this.#writeBack(oldest, evicted);
      this.#chunks.delete(oldest);
      bytes = evicted.bytes;
    }
    const isBacked = this.#backed.has(index);
    if (bytes && !isBacked) bytes.fill(0);
    bytes ??= new Uint8Array(CHUNK);
    if (isBacked) {
      const length = Math.min(CHUNK, this.size - index * CHUNK);
      this.#backing.read(index * CHUNK, bytes.subarray(0, length));
      bytes.fill(0, length);
    }
    return { bytes, from: 0, to: 0 };
  }

  #writeBack(index: number, chunk: Chunk): void {
    let from = chunk.from;
    let to = Math.min(chunk.to, this.size - index * CHUNK);
    if (from >= to) return;
    const held = this.#backed.get(index) ?? { from, to };
    // No gap is left to what is there already.
    from = Math.min(from, held.to);
    to = Math.max(to, held.from);
    this.#backing.write(index * CHUNK + from, chunk.bytes.subarray(from, to));
    this.#backed.set(index, { from: Math.min(from, held.from), to: Math.max(to, held.to) });
    chunk.from = 0;
    chunk.to = 0;
  }

  #drop(index: number): void {
    this.#chunks.delete(index);
    if (index === this.#lastIndex) this.#lastIndex = -1;
  }
}

function soil(chunk: Chunk, from: number, to: number): void {
  const isClean = chunk.from === chunk.to;
  chunk.from = isClean ? from : Math.min(chunk.from, from);
  chunk.to = isClean ? to : Math.max(chunk.to, to);
}
