/**
 * Which blocks of a file hold data. debugfs leaves blocks of zeros out, so what a file takes of an image, and what is
 * mapped of it, depends on where its zeros are.
 */
import type { Entry } from './entry.ts';

/** Bytes a cell: ext4's smallest block. */
export const CELL = 1024;

/** For files that have any: runs of cells that are all zeros, in order, as pairs `[first, behind the last]`. */
export type ZeroCells = ReadonlyMap<Entry, ArrayLike<number>>;

type Content = Pick<Entry, 'size' | 'segments'>;

/**
 * The runs of blocks that hold data: `[first block, behind the last]`, in order.
 * @param zeros the file's runs of zero cells; without them, zeros outside of its holes count as data
 */
export function* dataBlocks(
  { size, segments }: Content,
  zeros: ArrayLike<number> | undefined,
  blockSize: number,
): Generator<readonly [first: number, end: number]> {
  const blocks = Math.ceil(size / blockSize);
  const cellsInBlock = blockSize / CELL;
  const cells = Math.ceil(size / CELL);
  const runs = zeros ?? holes(size, segments);
  let from = 0;
  for (let at = 0; at < runs.length; at += 2) {
    const first = Math.ceil(runs[at]! / cellsInBlock);
    // The last block may be cut short by the file's end.
    const end = runs[at + 1]! >= cells ? blocks : Math.floor(runs[at + 1]! / cellsInBlock);
    if (end <= first) continue;
    if (first > from) yield [from, first];
    from = end;
  }
  if (blocks > from) yield [from, blocks];
}

/** The cells that lie in holes of a sparse file. */
function holes(size: number, segments: Entry['segments']): number[] {
  if (!segments) return [];
  const runs: number[] = [];
  let done = 0;
  const hole = (end: number, isLast: boolean) => {
    const first = Math.ceil(done / CELL);
    const behind = isLast ? Math.ceil(end / CELL) : Math.floor(end / CELL);
    if (behind > first) runs.push(first, behind);
  };
  for (const { at, length } of segments) {
    if (length === 0) continue;
    hole(at, false);
    done = Math.max(done, at + length);
  }
  if (size > done) hole(size, true);
  return runs;
}

/** The part of a file that a range of its bytes is, as pieces of its source; holes are left out. */
export function* sourceRanges(
  { size, offset, segments }: Pick<Entry, 'size' | 'offset' | 'segments'>,
  from: number,
  to: number,
): Generator<readonly [at: number, offset: number, length: number]> {
  const end = Math.min(to, size);
  if (!segments) {
    if (end > from) yield [from, offset + from, end - from];
    return;
  }
  for (let index = firstEndingAfter(segments, from); index < segments.length; index++) {
    const segment = segments[index]!;
    if (segment.at >= end) return;
    const start = Math.max(from, segment.at);
    const stop = Math.min(end, segment.at + segment.length);
    if (stop > start) yield [start, segment.offset + start - segment.at, stop - start];
  }
}

/** Index of the first segment that ends after `at`. */
export function firstEndingAfter(segments: NonNullable<Entry['segments']>, at: number): number {
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const { at: start, length } = segments[middle]!;
    if (start + length > at) high = middle;
    else low = middle + 1;
  }
  return low;
}
