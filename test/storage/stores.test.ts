/** The write-back cache and what lies below it: what reaches the backing, and what stays a hole in a file. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Backing, WriteBackStore } from '../../src/core/index.ts';
import { FileBacking } from '../../src/node/storage.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { storeCases } from './conformance.ts';

const KIB = 2 ** 10;
const MIB = 2 ** 20;

/** An array that refuses what lies outside of it, where a file would grow or end early, and keeps the writes. */
class StrictBacking implements Backing {
  bytes: Uint8Array;
  readonly writes: { offset: number; length: number }[] = [];

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
  }

  read(offset: number, into: Uint8Array): void {
    this.#assertInside(offset, into.length);
    into.set(this.bytes.subarray(offset, offset + into.length));
  }

  write(offset: number, from: Uint8Array): void {
    this.#assertInside(offset, from.length);
    this.bytes.set(from, offset);
    this.writes.push({ offset, length: from.length });
  }

  resize(size: number): void {
    const resized = new Uint8Array(size);
    resized.set(this.bytes.subarray(0, size));
    this.bytes = resized;
  }

  #assertInside(offset: number, length: number): void {
    if (offset < 0 || offset + length > this.bytes.length)
      throw new RangeError(`${length} bytes at ${offset} of ${this.bytes.length}`);
  }
}

describe('a store on a backing that refuses what lies outside', () => {
  test.each(Object.entries(storeCases))('%s', (_, holds) =>
    holds(async (size) => {
      const backing = new StrictBacking(size);
      return { store: new WriteBackStore(backing, size), contents: async () => backing.bytes };
    }),
  );
});

test('writes of 4 KiB reach the backing a MiB at a time, in order', () => {
  const size = 100 * MIB;
  const backing = new StrictBacking(size);
  const store = new WriteBackStore(backing, size);
  const block = new Uint8Array(4 * KIB).fill(1);
  for (let at = 0; at < size; at += block.length) store.write(at, block);
  store.flush();
  expect(backing.writes).toEqual(Array.from({ length: 100 }, (_, n) => ({ offset: n * MIB, length: MIB })));
});

test('a flush writes what changed since the last one', () => {
  const backing = new StrictBacking(3 * MIB);
  const store = new WriteBackStore(backing, 3 * MIB);
  store.write(0, new Uint8Array(3 * MIB).fill(1));
  store.flush();
  backing.writes.length = 0;
  store.write(MIB + 5, new Uint8Array(7).fill(2));
  store.flush();
  store.flush();
  expect(backing.writes).toEqual([{ offset: MIB + 5, length: 7 }]);
});

describe('in a file', () => {
  const folder = temporaryFolder();
  const size = 200 * MIB + 12_345;
  const make = (name: string) => {
    const path = join(folder, name);
    // A block is 512 bytes here, whatever the file system's are: stat(2).
    return { store: new WriteBackStore(new FileBacking(path, size), size), held: () => statSync(path).blocks * 512 };
  };

  test('what was never written stays a hole', () => {
    const { store, held } = make('sparse');
    const places = Array.from({ length: 20 }, (_, n) => n * 10 * MIB + 64 * KIB);
    for (const at of places) store.write(at, new Uint8Array(4 * KIB).fill(1));
    store.read(5 * MIB, new Uint8Array(MIB));
    store.flush();
    expect(held()).toBeGreaterThanOrEqual(places.length * 4 * KIB);
    // Some file systems give out more than was asked for, none this much.
    expect(held()).toBeLessThan(places.length * 256 * KIB);
  });

  test('zeros where nothing was written stay a hole', () => {
    const { store, held } = make('zeroed');
    store.zero(0, size);
    store.resize(100 * MIB);
    store.resize(2 * size);
    store.flush();
    expect(held()).toBeLessThan(64 * KIB);
  });

  test('what was zeroed before it was written back stays a hole', () => {
    const { store, held } = make('undone');
    store.write(0, new Uint8Array(20 * MIB).fill(1));
    store.zero(0, 20 * MIB);
    store.flush();
    expect(held()).toBeLessThan(64 * KIB);
  });
});
