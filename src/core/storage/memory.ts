import { eachPiece } from './chunks.ts';
import type { Range, SparseStore } from './index.ts';
import { mergeRanges } from './ranges.ts';
import { isZeros } from './zeros.ts';

/** Bytes a page: a block of ext4, so that what is written between contents takes no more memory than it has bytes. */
const PAGE = 4096;
/** Pages that are allocated at once. */
const SLAB = 64;

/** A block store in memory. Only pages that hold anything but zeros take room. */
export class MemoryStore implements SparseStore {
  size: number;
  readonly #pages = new Map<number, Uint8Array<ArrayBuffer>>();
  /** Pages that are allocated and not used, all zeros. */
  #spare: Uint8Array<ArrayBuffer>[] = [];

  constructor(size: number) {
    this.size = size;
  }

  read(offset: number, into: Uint8Array): void {
    eachPiece(PAGE, offset, into.length, (index, from, length, done) => {
      const page = this.#pages.get(index);
      if (page) into.set(from === 0 && length === PAGE ? page : page.subarray(from, from + length), done);
      else into.fill(0, done, done + length);
    });
  }

  write(offset: number, from: Uint8Array): void {
    eachPiece(PAGE, offset, from.length, (index, start, length, done) => {
      const piece = length === from.length ? from : from.subarray(done, done + length);
      let page = this.#pages.get(index);
      if (!page) {
        if (isZeros(piece)) return;
        page = this.#newPage();
        this.#pages.set(index, page);
      }
      page.set(piece, start);
    });
  }

  zero(offset: number, length: number): void {
    const end = offset + length;
    if (length > PAGE * this.#pages.size) {
      // Fewer pages than the range has: walk those.
      for (const index of this.#pages.keys()) this.#zeroPage(index, offset, end);
      return;
    }
    eachPiece(PAGE, offset, length, (index) => this.#zeroPage(index, offset, end));
  }

  resize(size: number): void {
    if (size < this.size) this.zero(size, Math.ceil(this.size / PAGE) * PAGE - size);
    this.size = size;
  }

  flush(): void {}

  written(): Range[] {
    const starts = [...this.#pages.keys()].map((index) => index * PAGE).sort((a, b) => a - b);
    return mergeRanges(starts.map((offset) => ({ offset, length: Math.min(PAGE, this.size - offset) })));
  }

  #newPage(): Uint8Array<ArrayBuffer> {
    if (this.#spare.length === 0) {
      const slab = new Uint8Array(PAGE * SLAB);
      for (let at = slab.length - PAGE; at >= 0; at -= PAGE) this.#spare.push(slab.subarray(at, at + PAGE));
    }
    return this.#spare.pop()!;
  }

  #zeroPage(index: number, offset: number, end: number): void {
    const start = index * PAGE;
    const from = Math.max(offset - start, 0);
    const to = Math.min(end - start, PAGE);
    const page = from < to ? this.#pages.get(index) : undefined;
    page?.fill(0, from, to);
    if (page && from === 0 && to === PAGE) {
      this.#pages.delete(index);
      this.#spare.push(page);
    }
  }
}
