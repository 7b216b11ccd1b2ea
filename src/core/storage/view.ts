/**
 * An image as a view: what programs write is in memory, contents stay where they are. e2fsprogs makes metadata alone; a
 * table of extents maps the blocks of contents to their sources.
 */
import { type Extent, Extents } from './extents.ts';
import type { Range, Source, SparseStore } from './index.ts';
import { MemoryStore } from './memory.ts';
import { mergeRanges } from './ranges.ts';

/** Holes up to this size are read with the data around them: smaller ones would only cut reads into pieces. */
const SMALL_HOLE = 2 ** 16;
/** Ranges of a source further apart than this are fetched by themselves. */
const NEAR = 2 ** 20;

export class View implements SparseStore, Source {
  readonly name: string;
  readonly #written: MemoryStore;
  readonly #extents = new Extents();

  /** An image of `size` zero bytes. */
  constructor(name: string, size: number) {
    this.name = name;
    this.#written = new MemoryStore(size);
  }

  get size(): number {
    return this.#written.size;
  }

  /** From now on, `length` bytes at `start` are those of a source; nothing else was or will be written there. */
  map(start: number, length: number, source: Source, offset: number): void {
    this.#extents.add(start, length, source, offset);
  }

  read(offset: number, into: Uint8Array): void {
    const end = offset + into.length;
    let at = offset;
    const written = (to: number) => {
      if (to > at) this.#written.read(at, into.subarray(at - offset, to - offset));
      at = to;
    };
    for (const extent of this.#extents.within(offset, end)) {
      written(Math.max(at, extent.start));
      const to = Math.min(end, extent.end);
      extent.source.read(extent.offset + at - extent.start, into.subarray(at - offset, to - offset));
      at = to;
    }
    written(end);
  }

  async prefetch(start: number, end: number): Promise<void> {
    for (const [source, ranges] of this.#rangesOf(start, end))
      for (const range of ranges) await source.prefetch!(range.start, range.end);
  }

  /** `read`, where waiting is possible. */
  async fetch(offset: number, into: Uint8Array): Promise<void> {
    await this.prefetch(offset, offset + into.length);
    this.read(offset, into);
  }

  write(offset: number, from: Uint8Array): void {
    this.#written.write(offset, from);
  }

  zero(offset: number, length: number): void {
    this.#written.zero(offset, length);
  }

  resize(size: number): void {
    this.#written.resize(size);
  }

  flush(): void {}

  written(): Range[] {
    const ranges = this.#written.written();
    for (const { start, end, source, offset } of this.#extents.within(0, this.size)) {
      if (!isSparse(source)) ranges.push({ offset: start, length: end - start });
      else
        for (const range of source.written()) {
          const from = Math.max(start, start + range.offset - offset);
          const to = Math.min(end, start + range.offset + range.length - offset);
          if (from < to) ranges.push({ offset: from, length: to - from });
        }
    }
    return mergeRanges(
      ranges.sort((a, b) => a.offset - b.offset),
      SMALL_HOLE,
    );
  }

  /**
   * Where its bytes are, in order; what lies between is zeros. Of a view that is mapped, what that is mapped to. What
   * programs wrote is a source without a name.
   */
  *pieces(start = 0, end = this.size): Generator<Extent> {
    const written = this.#written.written();
    const memory: Source = { name: '', size: this.size, read: (offset, into) => this.#written.read(offset, into) };
    let next = 0;
    let at = start;
    const upTo = function* (border: number): Generator<Extent> {
      for (; next < written.length; next++) {
        const { offset, length } = written[next]!;
        const [from, to] = [Math.max(at, offset), Math.min(border, offset + length)];
        if (from < to) yield { start: from, end: to, source: memory, offset: from };
        if (offset + length > border) break;
      }
    };
    for (const extent of this.#extents.within(start, end)) {
      const [from, to] = [Math.max(start, extent.start), Math.min(extent.end, end)];
      yield* upTo(from);
      at = to;
      const offset = extent.offset + from - extent.start;
      if (!(extent.source instanceof View)) yield { start: from, end: to, source: extent.source, offset };
      else
        for (const piece of extent.source.pieces(offset, offset + to - from))
          yield { ...piece, start: piece.start + from - offset, end: piece.end + from - offset };
    }
    yield* upTo(end);
  }

  /** Which ranges of the sources that can be waited for lie in a range of the image. */
  #rangesOf(start: number, end: number): Map<Source, { start: number; end: number }[]> {
    const found = new Map<Source, { start: number; end: number }[]>();
    for (const extent of this.#extents.within(start, end)) {
      const { source } = extent;
      if (!source.prefetch) continue;
      const from = extent.offset + Math.max(start, extent.start) - extent.start;
      const to = extent.offset + Math.min(end, extent.end) - extent.start;
      const ranges = found.get(source) ?? [];
      if (ranges.length === 0) found.set(source, ranges);
      const last = ranges.at(-1);
      if (last && from >= last.end && from - last.end <= NEAR) last.end = to;
      else ranges.push({ start: from, end: to });
    }
    return found;
  }
}

const isSparse = (source: Source): source is Source & Pick<SparseStore, 'written'> => 'written' in source;
