/** Builds through the core's interface, on a store in memory. */
import { readFileSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import {
  type BuildHost,
  type BuildReport,
  buildImage,
  decide,
  type ManifestFile,
  type MemoryStore,
  memoryHost,
} from '../../src/core/index.ts';
import type { Options } from '../../src/core/options.ts';
import { bytesSource } from '../storage/bytes-source.ts';
import { wasmModule } from '../wasm/twins.ts';

export interface Built {
  readonly report: BuildReport;
  readonly store: MemoryStore;
}

const codecs = () => new WebAssembly.Module(readFileSync('wasm/codecs/dist/codecs.wasm'));

/**
 * @param archive one, or several of which later ones overlay earlier ones
 * @param changes parts of the host that a test replaces
 */
export async function buildInMemory(
  archive: Uint8Array | readonly Uint8Array[],
  options: Partial<Options> = {},
  known?: Parameters<typeof buildImage>[2],
  changes: Partial<BuildHost> = {},
  manifests: readonly ManifestFile[] = [],
): Promise<Built> {
  const host = memoryHost(async (name) => (name === 'codecs' ? codecs() : wasmModule(name)));
  const archives = [archive].flat().map((bytes) => bytesSource('test.tar', bytes));
  const input = { archives, manifests, options: decide(options) };
  const report = await buildImage(input, { ...host, ...changes }, known);
  return { report, store: host.image() };
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
