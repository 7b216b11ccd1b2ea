/** Node.js' stores and sources, and memory's. What browsers have: test/web/storage.test.ts. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MemoryStore, ofParts } from '../../src/core/index.ts';
import { FileSource } from '../../src/node/storage.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { run } from '../fixtures/process.ts';
import { bytesSource } from './bytes-source.ts';
import { type MakeSource, type MakeStore, sourceCases, storeCases } from './conformance.ts';
import { contentsOf } from './pieces.ts';

const folder = temporaryFolder();
let files = 0;
const newFile = () => join(folder, String(files++));

describe('a store in memory', () => {
  const make: MakeStore = async (size) => {
    const store = new MemoryStore(size);
    return { store, contents: async () => contentsOf(store) };
  };
  test.each(Object.entries(storeCases))('%s', (_, holds) => holds(make));
});

const sourceFile: MakeSource = async (bytes) => {
  const path = newFile();
  await writeFile(path, bytes);
  return new FileSource(path);
};

/** What is in a file that a program compresses, where no spool holds it. */
const expanding =
  (program: string, ...args: string[]): MakeSource =>
  async (bytes) => {
    const path = newFile();
    await writeFile(path, await run(program, args, { input: bytes }));
    const codecs = new WebAssembly.Module(await readFile('wasm/codecs/dist/codecs.wasm'));
    return ofParts(new FileSource(path), { size: bytes.length, codecs });
  };

describe.each<[string, MakeSource]>([
  ['a file', sourceFile],
  ["the tests' own", async (bytes) => bytesSource('bytes', bytes)],
  ['what is expanded again', expanding('zstd', '-1')],
])('%s as a source', (_, make) => {
  test.each(Object.entries(sourceCases))('%s', (_, holds) => holds(make));
});

/** Lines, each of which is another. */
const lines = Buffer.from(
  Array.from({ length: 1_500_000 }, (_, line) => `line ${line} of a large text, this one\n`).join(''),
);

test.each<{ command: [string, ...string[]] }>([
  { command: ['gzip', '-1'] },
  { command: ['zstd', '-1'] },
  // Its window is larger than what all milestones may take.
  { command: ['zstd', '-1', '--long=27'] },
  { command: ['xz', '-0'] },
  { command: ['bzip2', '-1'] },
  { command: ['lz4'] },
])('$command, expanded again from where it once was', async ({ command: [program, ...args] }) => {
  const source = await expanding(program, ...args)(lines);
  const part = Buffer.alloc(100_000);
  // From the end: what is before it was read on the way there, and has to be read again.
  for (let at = lines.length - part.length; at >= 0; at -= 9_999_999) {
    if (at % 2) await source.prefetch?.(at, at + part.length);
    source.read(at, part);
    expect(part.equals(lines.subarray(at, at + part.length))).toBe(true);
  }
});
