/** The view: metadata in memory, contents in sources; and its table of extents. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MemoryStore, View } from '../../src/core/index.ts';
import { Extents } from '../../src/core/storage/extents.ts';
import { bytesSource } from './bytes-source.ts';
import { storeCases } from './conformance.ts';
import { contentsOf } from './pieces.ts';

const KIB = 2 ** 10;
const MIB = 2 ** 20;

describe('a view without extents', () => {
  test.each(Object.entries(storeCases))('%s', (_, holds) =>
    holds(async (size) => {
      const store = new View('image', size);
      return { store, contents: async () => contentsOf(store) };
    }),
  );
});

const BLOCK = 4 * KIB;
const BLOCKS = 64;

test('a view reads as the array that the same writes and extents make, in any order', () => {
  const block = fc.nat(BLOCKS - 1);
  const step = fc.record({ block, length: fc.integer({ min: 1, max: 3 }), kind: fc.boolean(), seed: fc.nat(255) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.nat(BLOCKS * BLOCK - 1), fc.nat(9 * BLOCK), (steps, at, most) => {
      const view = new View('image', BLOCKS * BLOCK);
      const expected = new Uint8Array(view.size);
      const used = new Set<number>();
      for (const { block: first, length, kind, seed } of steps) {
        const blocks = Array.from({ length }, (_, index) => first + index);
        if (blocks.some((index) => used.has(index) || index >= BLOCKS)) continue;
        for (const index of blocks) used.add(index);
        const bytes = Uint8Array.from({ length: length * BLOCK - (seed % 100) }, (_, index) => (index * seed) & 255);
        if (kind) view.write(first * BLOCK, bytes);
        else {
          const source = bytesSource('source', Buffer.concat([Buffer.alloc(7), bytes]));
          view.map(first * BLOCK, bytes.length, source, 7);
          // debugfs writes some blocks of sparse files again.
          if (seed % 2) view.map((first + 1) * BLOCK, bytes.length - BLOCK, source, 7 + BLOCK);
        }
        expected.set(bytes, first * BLOCK);
      }
      const read = new Uint8Array(Math.min(most, view.size - at));
      view.read(at, read);
      expect(Buffer.from(read).equals(expected.subarray(at, at + read.length))).toBe(true);
      expect(contentsOf(view).equals(expected)).toBe(true);
      expect(Buffer.from(fromPieces(view, 0)).equals(expected)).toBe(true);
      const around = new View('disk', view.size + 2 * BLOCK);
      around.write(0, Uint8Array.of(1));
      around.map(BLOCK, view.size, view, 0);
      expect(Buffer.from(fromPieces(around, at)).equals(contentsOf(around).subarray(at))).toBe(true);
    }),
  );
});

/** What its pieces, which come in order, make of a view from an offset on. */
function fromPieces(view: View, from: number): Uint8Array {
  const bytes = new Uint8Array(view.size - from);
  let last = from;
  for (const { start, end, source, offset } of view.pieces(from)) {
    expect(start).toBeGreaterThanOrEqual(last);
    expect(source).not.toBeInstanceOf(View);
    source.read(offset, bytes.subarray(start - from, end - from));
    last = end;
  }
  return bytes;
}

test('zeros take no memory, and are no data', () => {
  const store = new MemoryStore(100 * MIB);
  store.write(0, new Uint8Array(50 * MIB));
  expect(store.written()).toEqual([]);
  store.write(10 * MIB, Uint8Array.of(1));
  expect(store.written()).toEqual([{ offset: 10 * MIB, length: BLOCK }]);
  store.zero(10 * MIB, BLOCK);
  expect(store.written()).toEqual([]);
});

test('a disk around a filesystem keeps its holes', () => {
  const filesystem = new View('image', 10 * MIB);
  filesystem.write(5 * MIB, Uint8Array.of(1));
  const disk = new View('disk', 20 * MIB);
  disk.map(8 * MIB, filesystem.size, filesystem, 0);
  expect(disk.written()).toEqual([{ offset: 13 * MIB, length: BLOCK }]);
});

test('an extent that goes on where the last one ends lengthens it', () => {
  const extents = new Extents();
  const source = bytesSource('source', new Uint8Array(100));
  extents.add(0, 10, source, 50);
  extents.add(10, 10, source, 60);
  extents.add(20, 10, source, 80);
  expect(extents.count).toBe(2);
  expect(extents.row(0)).toEqual({ start: 0, end: 20, source, offset: 50 });
});
