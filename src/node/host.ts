/** Files as all that the engine asks of its host. */
import { type BuildHost, type Progress, partsOf, type Raw, type Spool, usedRanges } from '../core/index.ts';
import { analyseInThread } from './analysis.ts';
import type { DiskFile } from './disk-file.ts';
import { FileSpool } from './spool.ts';
import type { FileSource } from './storage.ts';
import { loadCodecs, loadProgram } from './wasm.ts';

/**
 * What reading archives takes; they have to be `FileSource`s.
 * @param scratch what is in compressed archives is put into files that begin with this path, and have no name for long
 * @param signal ends what runs in other threads
 */
export const readHost = (scratch: string, progress: (progress: Progress) => void, signal?: AbortSignal) => ({
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
    return analyseInThread(job, archives, signal);
  }) satisfies BuildHost['analyse'],
});

/** @param onWhole called when all of the file is written */
export const buildHost = (
  disk: DiskFile,
  progress: (progress: Progress) => void,
  onWhole: (raw: Raw) => void = () => {},
  signal?: AbortSignal,
): BuildHost => ({
  ...readHost(disk.path, progress, signal),
  createStore: async (size) => disk.createStore(size),
  async whole(image) {
    onWhole(disk.finish(disk.options.bmap ? await usedRanges(image, { program: loadProgram }) : undefined));
  },
  now: () => performance.now(),
});
