/** Nix' side: what a registration has to be, and whether Nix takes it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../fixtures/process.ts';

export const pathsFromGraph = fileURLToPath(new URL('paths-from-graph.pl', import.meta.url));

/** The registration that make-ext4-fs.nix made of these exportReferencesGraph files. */
export function registration(manifests: readonly string[]): Promise<Buffer> {
  return run('perl', [pathsFromGraph, ...manifests], { env: { printRegistration: '1' } });
}

/** What Nix knows of a store path. */
export interface PathInfo {
  /** SHA-256 of the path's NAR, in hex. */
  readonly hash: string;
  readonly narSize: number;
  readonly references: readonly string[];
}

/**
 * Loads a registration with `nix-store --load-db` into a database of its own.
 * @param nix what to mount at `/nix` meanwhile
 * @returns what Nix has understood of it
 */
export async function loadDb(nix: string, text: Uint8Array): Promise<ReadonlyMap<string, PathInfo>> {
  const state = await mkdtemp(join(tmpdir(), 'storeimg-db-'));
  try {
    return await dumpDb(nix, 'nix-store --load-db && nix-store --dump-db', { NIX_STATE_DIR: state }, text);
  } finally {
    await rm(state, { recursive: true });
  }
}

/** What the Nix that made a closure knows of its store paths. */
export function pathInfos(nix: string, storePaths: readonly string[]): Promise<ReadonlyMap<string, PathInfo>> {
  return dumpDb(nix, `nix-store --dump-db ${storePaths.join(' ')}`);
}

async function dumpDb(nix: string, command: string, state: NodeJS.ProcessEnv = {}, input: string | Uint8Array = '') {
  const script = `set -e; mkdir -p /nix; mount --bind "$1" /nix; ${command}`;
  const env = { NIX_REMOTE: '', NIX_CONFIG: 'build-users-group =', ...state };
  const dump = await run('unshare', ['--mount', 'sh', '-c', script, 'sh', nix], { env, input });
  const infos = new Map<string, PathInfo>();
  for (let lines = dump.toString().split('\n'); lines.length > 1; ) {
    const [path, hash, narSize, , count] = lines;
    const end = 5 + Number(count);
    infos.set(path!, { hash: hash!, narSize: Number(narSize), references: lines.slice(5, end).sort() });
    lines = lines.slice(end);
  }
  return infos;
}
