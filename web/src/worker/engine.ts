/** The engine's worker: one build, then the page ends it. */
import { expose } from 'comlink';
import { buildImage, throttled } from '../../../src/core/index.ts';
import type { EngineApi } from './api.ts';
import { Image } from './image.ts';
import { analyse, openInput } from './input.ts';
import { loadCodecs, loadProgram } from './programs.ts';
import { createSpool } from './spool.ts';

const api: EngineApi = {
  async build({ options, scratch, analyses, ...files }, progress, storage) {
    const image = new Image(scratch, options, storage);
    // The analysis runs beside everything else; its progress is told when the build waits for it.
    let isWaiting = false;
    const tell = throttled(progress, ({ phase }) => phase);
    try {
      const input = { ...(await openInput(files)), options };
      const report = await buildImage(input, {
        program: loadProgram,
        createStore: (size) => image.createStore(size),
        whole: (store) => image.wrap(store),
        codecs: loadCodecs,
        createSpool,
        analyse: async (job, sources) => analyses ?? analyse(job, sources, (analysed) => isWaiting && tell(analysed)),
        progress(made) {
          isWaiting = made.phase === 'analyse';
          tell(made);
        },
        now: () => performance.now(),
      });
      return { report, ...(await image.finish(tell)) };
    } catch (error) {
      await image.discard();
      throw error;
    }
  },
};

expose(api);
