/**
 * GNU tar's sparse files: which pieces of a file the archive holds; between them are zeros.
 * Source: GNU tar manual, “Storing Sparse Files”; the old format in “Extensions to the Archive Format”.
 */
import { type ByteString, byteString } from '../bytes.ts';
import type { Source } from '../storage/index.ts';
import { BLOCK, numberAt } from './header.ts';

/** `length` bytes of a file at `at`, which lie in the source at `offset`. */
export interface Segment {
  readonly at: number;
  readonly offset: number;
  readonly length: number;
}

export interface SparseFile {
  /** The file's size, holes included. */
  readonly size: number;
  /** In order, without overlaps. */
  readonly segments: readonly Segment[];
  /** Offset behind what the archive stores of it. */
  readonly end: number;
}

/** Old GNU format: four pairs in the header, then 21 in each of the blocks that follow it while a flag says so. */
const OLD = { pairs: 386, inHeader: 4, extended: 482, size: 483, inBlock: 21, blockExtended: 504 } as const;
const FIELD = 12;

type Pair = readonly [at: number, length: number];

/** What goes wrong, as the end of a sentence. */
export type Damage = string;

/** A header of type `S`; its content begins after the extension blocks. */
export function readOldSparse(
  source: Source,
  header: Uint8Array,
  content: number,
  stored: number,
): SparseFile | Damage {
  const pairs: Pair[] = [];
  const take = (block: Uint8Array, from: number, count: number) => {
    for (let i = 0; i < count; i++) {
      const [at, length] = [
        numberAt(block, from + 2 * i * FIELD, FIELD),
        numberAt(block, from + (2 * i + 1) * FIELD, FIELD),
      ];
      if (at === undefined || length === undefined) return false;
      if (at || length) pairs.push([at, length]);
    }
    return true;
  };
  if (!take(header, OLD.pairs, OLD.inHeader)) return 'its sparse map is damaged';
  let offset = content;
  for (let more = header[OLD.extended] !== 0; more; ) {
    if (offset + BLOCK > source.size) return 'its sparse map is cut off';
    const block = new Uint8Array(BLOCK);
    source.read(offset, block);
    offset += BLOCK;
    if (!take(block, 0, OLD.inBlock)) return 'its sparse map is damaged';
    more = block[OLD.blockExtended] !== 0;
  }
  return place(pairs, offset, stored, numberAt(header, OLD.size, FIELD));
}

/** The pax formats 0.0 (repeated records), 0.1 (one record) and 1.0 (a map before the content). */
export function readPaxSparse(
  source: Source,
  pax: readonly (readonly [string, ByteString])[],
  content: number,
  stored: number,
): SparseFile | Damage {
  const value = (key: string) => pax.findLast(([name]) => name === `GNU.sparse.${key}`)?.[1];
  const size = decimal(value('realsize') ?? value('size'));
  if (value('major') === '1') return readMap(source, content, stored, size);
  const map =
    value('map')?.split(',') ??
    pax.filter(([name]) => /^GNU\.sparse\.(offset|numbytes)$/.test(name)).map(([, number]) => number);
  return place(pairsOf(map), content, stored, size);
}

/** Format 1.0: decimal numbers, a line each (count, then pairs), padded to a whole block; lines of “#” are comments. */
function readMap(source: Source, content: number, stored: number, size: number | undefined): SparseFile | Damage {
  const lines: ByteString[] = [];
  const block = new Uint8Array(BLOCK);
  let rest = '';
  let wanted: number | undefined;
  let at = 0;
  while (wanted === undefined || lines.length < wanted) {
    if (rest.length > (rest.startsWith('#') ? BLOCK : MOST_DIGITS)) return 'its sparse map is damaged';
    if (at >= stored || content + at + BLOCK > source.size) return 'its sparse map is cut off';
    source.read(content + at, block);
    at += BLOCK;
    const parts = (rest + byteString(block)).split('\n');
    rest = parts.pop()!;
    lines.push(...parts.filter((line) => !line.startsWith('#')));
    if (wanted !== undefined || lines.length === 0) continue;
    const count = decimal(lines[0]);
    if (count === undefined || count > 2 ** 24) return 'its sparse map is damaged';
    wanted = 2 * count + 1;
  }
  return place(pairsOf(lines.slice(1, wanted)), content + at, stored - at, size);
}

const MOST_DIGITS = 16;

const decimal = (text: ByteString | undefined) =>
  text !== undefined && text.length <= MOST_DIGITS && /^\d+$/.test(text) ? Number(text) : undefined;

function pairsOf(numbers: readonly ByteString[]): Pair[] | undefined {
  const values = numbers.map(decimal);
  if (values.length % 2 || values.includes(undefined)) return undefined;
  return Array.from({ length: values.length / 2 }, (_, i) => [values[2 * i]!, values[2 * i + 1]!]);
}

/** Lays the pieces end to end in the source, as the archive stores them. */
function place(
  pairs: readonly Pair[] | undefined,
  content: number,
  stored: number,
  size: number | undefined,
): SparseFile | Damage {
  if (!pairs || size === undefined) return 'its sparse map is damaged';
  const segments: Segment[] = [];
  let offset = content;
  let end = 0;
  for (const [at, length] of pairs) {
    if (at < end || at + length > size) return 'its sparse map overlaps';
    if (length > 0) segments.push({ at, offset, length });
    offset += length;
    end = at + length;
  }
  return offset - content === stored ? { size, segments, end: offset } : 'its sparse map does not match its content';
}
