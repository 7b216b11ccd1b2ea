/** Builds through the core's interface, on a store in memory. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  analyseRecipes,
  type BuildHost,
  type BuildReport,
  buildImage,
  decide,
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
  const report = await buildImage({ archives, manifests: [], options: decide(options) }, host, known);
  return { report, store };
}
