/** A host that runs everything in the calling thread: the compiled programs are all that it is given. */
import type { CompiledModule, ProgramName } from '../module.ts';
import { analyseRecipes, makeNewHasher } from '../nix/index.ts';
import { bytesSource, type Spool } from '../storage/index.ts';
import type { SessionHost } from './host.ts';

/** @param load compiles the program of this name, `wasm/<name>.wasm` of the package */
export const memoryHost = (load: (name: ProgramName | 'codecs') => Promise<CompiledModule>): SessionHost => ({
  program: load,
  codecs: () => load('codecs'),
  createSpool: async (name) => memorySpool(name),
  analyse: async (job, sources, progress) => analyseRecipes(job, sources, await makeNewHasher(), progress),
});

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
