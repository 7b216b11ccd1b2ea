/** Files as all that a session asks of its host. */
import { partsOf, type SessionHost, type Spool } from '../core/index.ts';
import { analyseInThreads } from './analysis.ts';
import { FileSpool } from './spool.ts';
import type { FileSource } from './storage.ts';
import { loadCodecs, loadProgram } from './wasm.ts';

/**
 * Archives have to be `FileSource`s.
 * @param threads that read contents; as many as there are cores, where nothing is said
 * @param scratch what is in compressed archives is put into files that begin with this path, and have no name for long
 */
export const fileSessionHost = (scratch: string, threads?: number): SessionHost => ({
  program: loadProgram,
  codecs: loadCodecs,
  createSpool: async (name: string): Promise<Spool> => new FileSpool(name, scratch),
  analyse(job, sources, progress, signal) {
    const archives = sources.map((source) => {
      const { own, expanding } = partsOf(source);
      const { name, descriptor } = own as FileSource;
      return { file: { name, descriptor }, expanding };
    });
    return analyseInThreads(job, archives, progress, signal, threads);
  },
});
