/**
 * What every store and every source has to do, as cases that throw where it does not: they run under vitest in Node.js
 * and in a browser's worker, which has no vitest.
 */
import fc from 'fast-check';
import type { BlockStore, Source } from '../../src/core/index.ts';

export interface MadeStore {
  readonly store: BlockStore;
  /** What the host's storage holds; asked once, after a flush. */
  contents(): Promise<Uint8Array>;
}

export type MakeStore = (size: number) => Promise<MadeStore>;
export type MakeSource = (bytes: Uint8Array<ArrayBuffer>) => Promise<Source>;
type Cases<Make> = Readonly<Record<string, (make: Make) => Promise<void>>>;

const MIB = 2 ** 20;
/** Larger than any store's cache, and no multiple of any chunk. */
const LARGE = 100 * MIB + 4096 + 7;

export const storeCases: Cases<MakeStore> = {
  async 'a new store reads as zeros'(make) {
    const { store } = await make(LARGE);
    expectSame(read(store, LARGE - 5000, 5000), new Uint8Array(5000));
    expectEqual(store.size, LARGE);
  },

  async 'the writer may reuse its bytes'(make) {
    const { store } = await make(MIB);
    const bytes = pattern(5000);
    store.write(100, bytes);
    bytes.fill(0xff);
    expectSame(read(store, 100, 5000), pattern(5000));
  },

  async 'what is cut off reads as zeros when the store grows again'(make) {
    const { store, contents } = await make(3 * MIB);
    store.write(0, pattern(3 * MIB));
    store.resize(MIB + 10);
    store.resize(3 * MIB);
    const expected = pattern(3 * MIB).fill(0, MIB + 10);
    expectSame(read(store, 0, 3 * MIB), expected);
    store.flush();
    expectSame(await contents(), expected);
  },

  async 'the same, when it was flushed before'(make) {
    const { store, contents } = await make(3 * MIB);
    store.write(0, pattern(3 * MIB));
    store.flush();
    store.resize(MIB + 10);
    store.resize(3 * MIB);
    const expected = pattern(3 * MIB).fill(0, MIB + 10);
    expectSame(read(store, 0, 3 * MIB), expected);
    store.flush();
    expectSame(await contents(), expected);
  },

  async 'what is written where all was zeroed or cut off'(make) {
    const { store, contents } = await make(2 * MIB);
    store.write(MIB, pattern(MIB, 1));
    store.zero(MIB, MIB);
    store.write(MIB + 5, pattern(50, 2));
    store.resize(MIB);
    store.resize(2 * MIB);
    store.write(MIB + 10, pattern(50, 3));
    const expected = new Uint8Array(2 * MIB);
    expected.set(pattern(50, 3), MIB + 10);
    expectSame(read(store, 0, 2 * MIB), expected);
    store.flush();
    expectSame(await contents(), expected);
  },

  async 'a little everywhere, more than any cache holds'(make) {
    const { store, contents } = await make(LARGE);
    const expected = new Uint8Array(LARGE);
    for (const [offset, seed] of [
      [1000, 1],
      [3000, 2],
      [2000, 3],
    ] as const)
      for (let at = offset; at + 1500 <= LARGE; at += MIB / 2 + 1717) {
        expected.set(pattern(1500, seed), at);
        store.write(at, pattern(1500, seed));
      }
    expectSame(read(store, 0, LARGE), expected);
    store.flush();
    expectSame(await contents(), expected);
  },

  async 'zeros over what the cache had forgotten'(make) {
    const { store, contents } = await make(LARGE);
    store.write(0, pattern(LARGE));
    // Whole chunks and parts of two: none is in memory any more.
    store.zero(MIB + 10, 3 * MIB);
    const expected = pattern(LARGE).fill(0, MIB + 10, 4 * MIB + 10);
    expectSame(read(store, 0, LARGE), expected);
    store.flush();
    expectSame(await contents(), expected);
  },

  async 'growth past an end that the cache had forgotten'(make) {
    const { store } = await make(LARGE);
    store.write(LARGE - 10, pattern(10));
    store.write(0, pattern(90 * MIB));
    store.write(LARGE - 5, pattern(5));
    store.resize(LARGE + 5000);
    expectSame(read(store, LARGE, 5000), new Uint8Array(5000));
  },

  async 'an empty range is no range'(make) {
    const { store } = await make(10);
    store.write(10, new Uint8Array(0));
    store.zero(10, 0);
    store.read(10, new Uint8Array(0));
    expectEqual(store.size, 10);
  },

  async 'any operations leave what they leave in an array'(make) {
    // Where in the store, as a share of its size at that time; or at the border of a chunk.
    const at = fc.oneof(
      fc.noBias(fc.nat(9999)).map((share) => share / 10_000),
      fc.noBias(fc.nat(100)).map((chunk) => (chunk * MIB) / LARGE),
    );
    const length = fc.oneof({ weight: 3, arbitrary: fc.nat(20_000) }, { weight: 1, arbitrary: fc.nat(3 * MIB) });
    const operation = fc.oneof(
      { weight: 12, arbitrary: fc.record({ kind: fc.constant('write' as const), at, length, seed: fc.nat(255) }) },
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('zero' as const), at, length }) },
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('read' as const), at, length }) },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constant('resize' as const),
          size: fc.oneof(fc.constant(LARGE), fc.noBias(fc.nat(LARGE))),
        }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('flush' as const) }) },
    );
    const operations = fc.array(operation, { minLength: 100, maxLength: 300, size: 'max' });
    const follow = async (steps: (typeof operation extends fc.Arbitrary<infer T> ? T : never)[]) => {
      const { store, contents } = await make(LARGE);
      let model = new Uint8Array(LARGE);
      for (const step of steps) {
        if (step.kind === 'flush') store.flush();
        else if (step.kind === 'resize') {
          const resized = new Uint8Array(step.size);
          resized.set(model.subarray(0, step.size));
          model = resized;
          store.resize(step.size);
        } else {
          const from = Math.floor(step.at * store.size);
          const size = Math.min(step.length, store.size - from);
          if (step.kind === 'read') expectSame(read(store, from, size), model.subarray(from, from + size));
          else if (step.kind === 'zero') {
            model.fill(0, from, from + size);
            store.zero(from, size);
          } else {
            const bytes = pattern(size, step.seed);
            model.set(bytes, from);
            store.write(from, bytes);
          }
        }
      }
      expectSame(read(store, 0, store.size), model);
      store.flush();
      expectSame(await contents(), model);
    };
    await fc.assert(fc.asyncProperty(operations, follow), { numRuns: 6, endOnFailure: true });
  },
};

export const sourceCases: Cases<MakeSource> = {
  async 'any range, in any order'(make) {
    const bytes = pattern(LARGE);
    const source = await make(bytes);
    expectEqual(source.size, LARGE);
    const range = fc.tuple(fc.nat(LARGE), fc.oneof(fc.nat(5000), fc.nat(20 * MIB)), fc.boolean());
    const follow = async (ranges: [number, number, boolean][]) => {
      for (const [start, length, isAnnounced] of ranges) {
        const end = Math.min(start + length, LARGE);
        if (isAnnounced) await source.prefetch?.(start, end);
        expectSame(read(source, start, end - start), bytes.subarray(start, end));
      }
    };
    await fc.assert(fc.asyncProperty(fc.array(range, { maxLength: 20 }), follow), { numRuns: 10, endOnFailure: true });
  },

  async 'all of it, a tar block at a time'(make) {
    const bytes = pattern(40 * MIB + 512);
    const source = await make(bytes);
    const block = new Uint8Array(512);
    for (let at = 0; at < bytes.length; at += block.length) {
      source.read(at, block);
      if (at % MIB === 0 || at > 40 * MIB) expectSame(block, bytes.subarray(at, at + block.length));
    }
  },

  async 'more than was announced, and announced past all memory'(make) {
    const bytes = pattern(LARGE);
    const source = await make(bytes);
    await source.prefetch?.(5 * MIB, 6 * MIB);
    expectSame(read(source, 4 * MIB, 10 * MIB), bytes.subarray(4 * MIB, 14 * MIB));
    await source.prefetch?.(0, LARGE);
    expectSame(read(source, 0, LARGE), bytes);
  },
};

function read(from: BlockStore | Source, offset: number, length: number): Uint8Array {
  // Not zeros: what is not filled shows.
  const into = new Uint8Array(length).fill(0xa5);
  from.read(offset, into);
  return into;
}

/** Bytes that differ from one place to another, and from one seed to another. */
function pattern(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  const words = new Uint32Array(bytes.buffer, 0, length >> 2);
  for (let i = 0; i < words.length; i++) words[i] = Math.imul(i + 1, 0x9e3779b1 + seed * 2);
  for (let i = words.length * 4; i < length; i++) bytes[i] = i + seed;
  return bytes;
}

function expectSame(actual: Uint8Array, expected: Uint8Array): void {
  expectEqual(actual.length, expected.length);
  for (let i = 0; i < expected.length; i++)
    if (actual[i] !== expected[i]) throw new Error(`byte ${i} is ${actual[i]}, not ${expected[i]}`);
}

function expectEqual(actual: number, expected: number): void {
  if (actual !== expected) throw new Error(`${actual} instead of ${expected}`);
}
