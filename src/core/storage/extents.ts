/** The table that maps ranges of an image to ranges of sources: in columns, in the image's order. */
import type { Source } from './index.ts';

/** Numbers a row: where the range begins and ends in the image, index of its source, where it begins in that. */
const ROW = 4;

/** One row of the table. */
export interface Extent {
  readonly start: number;
  readonly end: number;
  readonly source: Source;
  /** Where in the source the range begins. */
  readonly offset: number;
}

export class Extents {
  #rows = new Float64Array(ROW * 64);
  #count = 0;
  #isSorted = true;
  readonly #sources: Source[] = [];
  readonly #indices = new Map<Source, number>();

  get count(): number {
    return this.#count;
  }

  /** Adds a range. Where it overlaps another, both have the same bytes. One that goes on where the last one ends lengthens it. */
  add(start: number, length: number, source: Source, offset: number): void {
    if (length <= 0) return;
    const index = this.#indexOf(source);
    if (this.#count > 0) {
      const last = ROW * (this.#count - 1);
      const lastEnd = this.#rows[last + 1]!;
      const behind = this.#rows[last + 3]! + lastEnd - this.#rows[last]!;
      if (lastEnd === start && this.#rows[last + 2] === index && behind === offset) {
        this.#rows[last + 1] = start + length;
        return;
      }
      if (start < lastEnd) this.#isSorted = false;
    }
    const at = ROW * this.#count;
    if (at === this.#rows.length) {
      const larger = new Float64Array(2 * at);
      larger.set(this.#rows);
      this.#rows = larger;
    }
    this.#rows[at] = start;
    this.#rows[at + 1] = start + length;
    this.#rows[at + 2] = index;
    this.#rows[at + 3] = offset;
    this.#count++;
  }

  /** The row of this number. */
  row(index: number): Extent {
    this.#sort();
    const at = ROW * index;
    return {
      start: this.#rows[at]!,
      end: this.#rows[at + 1]!,
      source: this.#sources[this.#rows[at + 2]!]!,
      offset: this.#rows[at + 3]!,
    };
  }

  /** Number of the first row that ends behind `offset`; `count` where none does. */
  firstEndingAfter(offset: number): number {
    this.#sort();
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#rows[ROW * middle + 1]! > offset) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** The rows that touch a range, in order. */
  *within(start: number, end: number): Generator<Extent> {
    for (let index = this.firstEndingAfter(start); index < this.#count; index++) {
      const row = this.row(index);
      if (row.start >= end) return;
      yield row;
    }
  }

  #indexOf(source: Source): number {
    let index = this.#indices.get(source);
    if (index === undefined) {
      index = this.#sources.push(source) - 1;
      this.#indices.set(source, index);
    }
    return index;
  }

  /** Blocks are mostly given out in order: sorting is rare. debugfs writes some blocks of sparse files again: they count once. */
  #sort(): void {
    if (this.#isSorted) return;
    const order = Array.from({ length: this.#count }, (_, index) => ROW * index);
    order.sort((a, b) => this.#rows[a]! - this.#rows[b]!);
    const sorted = new Float64Array(this.#rows.length);
    let to = 0;
    let end = 0;
    for (const from of order) {
      const known = Math.max(0, end - this.#rows[from]!);
      if (this.#rows[from + 1]! <= end) continue;
      end = this.#rows[from + 1]!;
      sorted[to] = this.#rows[from]! + known;
      sorted[to + 1] = end;
      sorted[to + 2] = this.#rows[from + 2]!;
      sorted[to + 3] = this.#rows[from + 3]! + known;
      to += ROW;
    }
    this.#rows = sorted;
    this.#count = to / ROW;
    this.#isSorted = true;
  }
}
