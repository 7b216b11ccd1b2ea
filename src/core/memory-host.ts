/** A host for archives and images that fit into memory: the compiled programs are all that it is given. */
import type { BuildHost, CompiledModule, ProgramName, Progress } from './host.ts';
import { analyseRecipes, makeNewHasher } from './nix/index.ts';
import { bytesSource, MemoryStore, type Spool } from './storage/index.ts';

/** A host whose image is in memory. */
export interface MemoryHost extends BuildHost {
  /** The image that was made last. */
  image(): MemoryStore;
}

/**
 * Runs everything in the calling thread.
 * @param load compiles the program of this name, `wasm/<name>.wasm` of the package
 */
export function memoryHost(
  load: (name: ProgramName | 'codecs') => Promise<CompiledModule>,
  progress: (progress: Progress) => void = () => {},
): MemoryHost {
  let image = new MemoryStore(0);
  return {
    program: load,
    codecs: () => load('codecs'),
    async createStore(size) {
      image = new MemoryStore(size);
      return image;
    },
    createSpool: async (name) => memorySpool(name),
    analyse: async (job, sources) => analyseRecipes(job, sources, await makeNewHasher()),
    progress,
    now: () => performance.now(),
    image: () => image,
  };
}

function memorySpool(name: string): Spool {
  const pieces: Uint8Array[] = [];
  let size = 0;
  return {
    append(bytes) {
      pieces.push(bytes.slice());
      size += bytes.length;
    },
    async finish() {
      const all = new Uint8Array(size);
      let at = 0;
      for (const piece of pieces.splice(0)) {
        all.set(piece, at);
        at += piece.length;
      }
      return bytesSource(name, all);
    },
    async discard() {
      pieces.length = 0;
    },
  };
}
