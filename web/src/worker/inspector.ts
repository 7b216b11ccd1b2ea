/** The worker that looks into archives while a person decides, and into images. It can be ended at any moment. */
import { expose } from 'comlink';
import { Inspector, planScript, readBlockMap, throttled } from '../../../src/core/index.ts';
import mke2fsConf from '../../../wasm/mke2fs.conf?raw';
import type { InspectorApi } from './api.ts';
import { FileSource } from './file-source.ts';
import { analyse, openInput } from './input.ts';
import { loadCodecs, loadProgram } from './programs.ts';
import { createSpool } from './spool.ts';

let inspector: Inspector;

const api: InspectorApi = {
  async open(files, options, progress) {
    const report = throttled(progress, ({ phase }) => phase);
    inspector = await Inspector.open(await openInput(files), options, {
      program: loadProgram,
      codecs: loadCodecs,
      createSpool,
      analyse: (job, sources) => analyse(job, sources, report),
      progress: report,
    });
    return inspector.overview;
  },
  judge: (options) => inspector.judge(options),
  verify: (known) => inspector.verify(known),
  blocks: (image) => readBlockMap(loadProgram, new FileSource(new File([image], 'The image'))),
  children: async (path) => inspector.children(path),
  async script(options) {
    const { plan, registration } = await inspector.replay(options);
    return new Blob([...planScript(plan, registration, mke2fsConf)], { type: 'text/x-shellscript' });
  },
};

expose(api);
