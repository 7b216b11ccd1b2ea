/** Files as all that the engine asks of its host. */
import { readFile } from 'node:fs/promises';
import {
  type BuildHost,
  type CompiledModule,
  type ProgramName,
  type Progress,
  partsOf,
  type Raw,
  type Spool,
  usedRanges,
} from '../core/index.ts';
import { analyseInThread } from './analysis.ts';
import type { DiskFile } from './disk-file.ts';
import { FileSpool } from './spool.ts';
import type { FileSource } from './storage.ts';
import { loadCodecs, wasmFile } from './wasm.ts';

const modules = new Map<ProgramName, Promise<CompiledModule>>();

export function loadProgram(name: ProgramName): Promise<CompiledModule> {
  let module = modules.get(name);
  if (!module) {
    module = readFile(wasmFile(name)).then((bytes) => WebAssembly.compile(bytes));
    modules.set(name, module);
  }
  return module;
}

/**
 * What reading archives takes; they have to be `FileSource`s.
 * @param scratch what is in compressed archives is put into files that begin with this path, and have no name for long
 */
export const readHost = (scratch: string, progress: (progress: Progress) => void) => ({
  progress,
  program: loadProgram,
  codecs: loadCodecs,
  createSpool: async (name: string): Promise<Spool> => new FileSpool(name, scratch),
  analyse: ((job, sources) => {
    const archives = sources.map((source) => {
      const { own, anew } = partsOf(source);
      const { name, descriptor } = own as FileSource;
      return { file: { name, descriptor }, anew };
    });
    return analyseInThread(job, archives);
  }) satisfies BuildHost['analyse'],
});

/** @param onWhole called when all of the file is written */
export const buildHost = (
  disk: DiskFile,
  progress: (progress: Progress) => void,
  onWhole: (raw: Raw) => void = () => {},
): BuildHost => ({
  ...readHost(disk.path, progress),
  createStore: async (size) => disk.createStore(size),
  async whole(image) {
    onWhole(disk.finish(disk.options.bmap ? await usedRanges(image, { program: loadProgram }) : undefined));
  },
  now: () => performance.now(),
});
