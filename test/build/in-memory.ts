/** Builds through the core's interface, on a store in memory. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import {
  analyseRecipes,
  type BuildHost,
  type BuildReport,
  buildImage,
  decide,
  type ManifestFile,
  MemoryStore,
} from '../../src/core/index.ts';
import type { Options } from '../../src/core/options.ts';
import { bytesSource, memorySpool } from '../storage/bytes-source.ts';
import { wasmModule } from '../wasm/twins.ts';

export interface Built {
  readonly report: BuildReport;
  readonly store: MemoryStore;
}

/** @param changes parts of the host that a test replaces */
export async function buildInMemory(
  archive: Uint8Array,
  options: Partial<Options> = {},
  known?: Parameters<typeof buildImage>[2],
  changes: Partial<BuildHost> = {},
  manifests: readonly ManifestFile[] = [],
): Promise<Built> {
  const archives = [bytesSource('test.tar', archive)];
  let store = new MemoryStore(0);
  const host: BuildHost = {
    program: async (name) => wasmModule(name),
    createStore: async (size) => {
      store = new MemoryStore(size);
      return store;
    },
    codecs: async () => new WebAssembly.Module(readFileSync('wasm/codecs/dist/codecs.wasm')),
    createSpool: async (name) => memorySpool(name),
    analyse: (job, sources) =>
      analyseRecipes(job, sources, () => {
        const hash = createHash('sha256');
        return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
      }),
    progress() {},
    now: () => performance.now(),
    ...changes,
  };
  const report = await buildImage({ archives, manifests, options: decide(options) }, host, known);
  return { report, store };
}

/** Writes an image to a sparse file that did not exist. */
export async function saveImage(store: MemoryStore, path: string): Promise<void> {
  await rm(path, { force: true });
  const file = await open(path, 'wx');
  try {
    await file.truncate(store.size);
    let at = 0;
    for (const [piece, length] of store.pieces()) {
      if (piece) await file.write(piece, 0, length, at);
      at += length;
    }
  } finally {
    await file.close();
  }
}
