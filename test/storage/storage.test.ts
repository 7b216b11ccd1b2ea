/** Node.js' stores and sources, and memory's. What browsers have: test/web/storage.test.ts. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { MemoryStore, OffsetStore, WriteBackStore } from '../../src/core/index.ts';
import { FileBacking, FileSource } from '../../src/node/storage.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { bytesSource } from './bytes-source.ts';
import { type MakeSource, type MakeStore, sourceCases, storeCases } from './conformance.ts';

const folder = temporaryFolder();
/** No multiple of any chunk. */
const OFFSET = 8 * 2 ** 20 + 512;
let files = 0;
const newFile = () => join(folder, String(files++));

const memory: MakeStore = async (size) => {
  const store = new MemoryStore(size);
  return {
    store,
    async contents() {
      const all = new Uint8Array(store.size);
      let at = 0;
      for (const [bytes, length] of store.pieces()) {
        if (bytes) all.set(bytes, at);
        at += length;
      }
      return all;
    },
  };
};

const file: MakeStore = async (size) => {
  const path = newFile();
  return { store: new WriteBackStore(new FileBacking(path, size), size), contents: () => readFile(path) };
};

const inside: MakeStore = async (size) => {
  const path = newFile();
  const whole = new WriteBackStore(new FileBacking(path, OFFSET + size), OFFSET + size);
  return { store: new OffsetStore(whole, OFFSET), contents: async () => (await readFile(path)).subarray(OFFSET) };
};

describe.each<[string, MakeStore]>([
  ['a store in memory', memory],
  ['a store in a file', file],
  ['a store inside another', inside],
])('%s', (_, make) => {
  test.each(Object.entries(storeCases))('%s', (_, holds) => holds(make));
});

const sourceFile: MakeSource = async (bytes) => {
  const path = newFile();
  await writeFile(path, bytes);
  return new FileSource(path);
};

describe.each<[string, MakeSource]>([
  ['a file', sourceFile],
  ["the tests' own", async (bytes) => bytesSource('bytes', bytes)],
])('%s as a source', (_, make) => {
  test.each(Object.entries(sourceCases))('%s', (_, holds) => holds(make));
});
