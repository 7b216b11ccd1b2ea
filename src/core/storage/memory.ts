import { eachPiece } from './chunks.ts';
import type { Range, SparseStore } from './index.ts';
import { mergeRanges } from './ranges.ts';

/** Bytes a chunk: small enough that a sparse image stays sparse, large enough that a map of them stays small. */
const CHUNK = 1 << 16;

/** A block store in memory. Only chunks that were written hold memory. */
export class MemoryStore implements SparseStore {
  size: number;
  readonly #chunks = new Map<number, Uint8Array<ArrayBuffer>>();

  constructor(size: number) {
    this.size = size;
  }

  read(offset: number, into: Uint8Array): void {
    eachPiece(CHUNK, offset, into.length, (index, from, length, done) => {
      const chunk = this.#chunks.get(index);
      if (chunk) into.set(chunk.subarray(from, from + length), done);
      else into.fill(0, done, done + length);
    });
  }

  write(offset: number, from: Uint8Array): void {
    eachPiece(CHUNK, offset, from.length, (index, start, length, done) => {
      let chunk = this.#chunks.get(index);
      if (!chunk) {
        chunk = new Uint8Array(CHUNK);
        this.#chunks.set(index, chunk);
      }
      chunk.set(from.subarray(done, done + length), start);
    });
  }

  zero(offset: number, length: number): void {
    const end = offset + length;
    if (length > CHUNK * this.#chunks.size) {
      // Fewer chunks than the range has: walk those.
      for (const index of this.#chunks.keys()) this.#zeroChunk(index, offset, end);
      return;
    }
    eachPiece(CHUNK, offset, length, (index) => this.#zeroChunk(index, offset, end));
  }

  resize(size: number): void {
    if (size < this.size) this.zero(size, this.size - size);
    this.size = size;
  }

  flush(): void {}

  written(): Range[] {
    const starts = [...this.#chunks.keys()].map((index) => index * CHUNK).sort((a, b) => a - b);
    return mergeRanges(starts.map((offset) => ({ offset, length: Math.min(CHUNK, this.size - offset) })));
  }

  /** The image's pieces in order, `undefined` where nothing was written: `[bytes or hole, length]`. */
  *pieces(): Generator<[Uint8Array<ArrayBuffer> | undefined, number]> {
    for (let at = 0; at < this.size; at += CHUNK) {
      const length = Math.min(CHUNK, this.size - at);
      yield [this.#chunks.get(at / CHUNK)?.subarray(0, length), length];
    }
  }

  #zeroChunk(index: number, offset: number, end: number): void {
    const start = index * CHUNK;
    const from = Math.max(offset - start, 0);
    const to = Math.min(end - start, CHUNK);
    if (from >= to) return;
    if (from === 0 && to === CHUNK) this.#chunks.delete(index);
    else this.#chunks.get(index)?.fill(0, from, to);
  }
}
