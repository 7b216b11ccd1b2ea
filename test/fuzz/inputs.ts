/** Sound inputs to begin from: archives of every kind and manifests of every format, of random trees. */
import fc from 'fast-check';
import { buildTree, findNode, readTar } from '../../src/core/archive/index.ts';
import { toBytes } from '../../src/core/bytes.ts';
import { fullFrame, narPieces } from '../../src/core/nix/nar.ts';
import { run } from '../fixtures/process.ts';
import { bytesSource } from '../storage/bytes-source.ts';
import { Dice } from './dice.ts';
import { type Model, model } from './model.ts';
import { writeTar } from './tar-writer.ts';

export interface Input {
  readonly tar: Uint8Array<ArrayBuffer>;
  /** As `nix-store --export` writes it. */
  readonly stream: Uint8Array<ArrayBuffer>;
  /** The tar by each of `COMPRESSORS`. */
  readonly compressed: readonly Uint8Array<ArrayBuffer>[];
  /** The store paths' graph, registration, and JSON in two forms. */
  readonly manifests: readonly Uint8Array<ArrayBuffer>[];
}

/** Larger archives only take longer. */
const MOST_BYTES = 60_000;

/** With checksums, which find what is changed, and without, so that it gets past them. */
const COMPRESSORS = [
  ['gzip', '-n'],
  ['zstd', '-q'],
  ['zstd', '-q', '--no-check', '--long=27'],
  ['xz', '-1'],
  ['xz', '--check=none', '--block-size=8KiB', '--x86', '--lzma2=preset=1'],
  ['bzip2'],
  ['lz4', '-q', '-'],
  ['lz4', '-q', '-BD', '--no-frame-crc', '-'],
] as const;

export async function soundInputs(seed: number): Promise<Input[]> {
  const inputs: Input[] = [];
  for (const tree of fc.sample(model, { seed, numRuns: 60 })) {
    const tar = writeTar(tree, new Dice(seed));
    if (tar.length > MOST_BYTES) continue;
    const compressed = await Promise.all(
      // One of them has no tar in it.
      COMPRESSORS.map((command) => compress(command, inputs.length === 0 ? toBytes('no tar') : tar)),
    );
    inputs.push({ tar, stream: await streamOf(tar), compressed, manifests: manifestsOf(tree) });
  }
  return inputs;
}

const compress = async ([program, ...args]: readonly string[], tar: Uint8Array) =>
  new Uint8Array(await run(program!, args, { input: tar }));

const storePathsIn = (paths: Iterable<string>) => [...paths].filter((path) => /^nix\/store\/[^/]+$/.test(path));

/** 8 bytes, little-endian. */
function long(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  return bytes;
}
const framed = (text: string) => [long(text.length), toBytes(text), new Uint8Array(-text.length & 7)];

/** Source: Nix, src/libstore/export-import.cc. */
async function streamOf(tar: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const entries = [];
  for await (const entry of readTar(bytesSource('sound.tar', tar), () => {})) entries.push(entry);
  const tree = buildTree(entries);
  const children = tree.children;
  const parts: Uint8Array[] = [];
  for (const path of storePathsIn(tree.nodes.map(({ path }) => path))) {
    parts.push(long(1));
    for (const piece of narPieces(findNode(tree, path)!, children)) {
      if (typeof piece === 'string') parts.push(toBytes(fullFrame(piece)));
      // Holes would be written as what lies there: any bytes of the right number do.
      else parts.push(new Uint8Array(piece.inode.type === 'file' ? piece.inode.size : 0).fill(7));
    }
    parts.push(long(0x4558494e), ...framed(`/${path}`), long(1), ...framed(`/${path}`), ...framed(''), long(0));
  }
  return new Uint8Array(Buffer.concat([...parts, long(0)]));
}

function manifestsOf(tree: Model): Uint8Array<ArrayBuffer>[] {
  const paths = storePathsIn(tree.keys()).map((path) => `/${path}`);
  const zeros = '0'.repeat(64);
  const records = paths.map((path) => ({ path, narHash: `sha256:${zeros}`, narSize: 0, references: [path] }));
  return [
    paths.map((path) => `${path}\n\n1\n${path}\n`).join(''),
    paths.map((path) => `${path}\n${zeros}\n0\n\n1\n${path}\n`).join(''),
    JSON.stringify(records),
    JSON.stringify(Object.fromEntries(records.map((record) => [record.path, record])), null, 1),
  ].map(toBytes);
}
