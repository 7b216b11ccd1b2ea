/** Builds through the core's interface, on a store in memory. */
import { readFileSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import {
  type BuildReport,
  decide,
  type ManifestFile,
  memoryHost,
  Session,
  type SessionHost,
  type View,
} from '../../src/core/index.ts';
import type { Options } from '../../src/core/options.ts';
import { bytesSource } from '../storage/bytes-source.ts';
import { piecesOf } from '../storage/pieces.ts';
import { wasmModule } from '../wasm/twins.ts';

export interface Built {
  readonly report: BuildReport;
  readonly store: View;
}

const codecs = () => new WebAssembly.Module(readFileSync('wasm/codecs/dist/codecs.wasm'));

/**
 * @param archive one, or several of which later ones overlay earlier ones
 * @param changes parts of the host that a test replaces
 */
export async function openInMemory(
  archive: Uint8Array | readonly Uint8Array[],
  options: Partial<Options> = {},
  changes: Partial<SessionHost> = {},
  manifests: readonly ManifestFile[] = [],
): Promise<Session> {
  const host = memoryHost(async (name) => (name === 'codecs' ? codecs() : wasmModule(name)));
  const archives = [archive].flat().map((bytes) => bytesSource('test.tar', bytes));
  return Session.open({ archives, manifests }, decide(options), { ...host, ...changes });
}

/** The image of what `openInMemory` opens. */
export async function buildInMemory(...input: Parameters<typeof openInMemory>): Promise<Built> {
  const session = await openInMemory(...input);
  const { report, view } = await session.build(decide(input[1] ?? {}));
  return { report, store: view };
}

/** Writes an image to a sparse file that did not exist. */
export async function saveImage(store: View, path: string): Promise<void> {
  await rm(path, { force: true });
  const file = await open(path, 'wx');
  try {
    await file.truncate(store.size);
    let at = 0;
    for (const [piece, length] of piecesOf(store)) {
      if (piece) await file.write(piece, 0, length, at);
      at += length;
    }
  } finally {
    await file.close();
  }
}
