/**
 * The worker that has archives open: it looks into them while a person decides, then builds one image of them. It can
 * be ended at any moment.
 */
import { expose } from 'comlink';
import {
  holdsFilesystem,
  Inspector,
  type Progress,
  partsOf,
  planScript,
  readBlockMap,
  readFirmware,
  sentence,
  throttled,
} from '../../../src/core/index.ts';
import mke2fsConf from '../../../wasm/mke2fs.conf?raw';
import type { EngineApi } from './api.ts';
import { FileSource } from './file-source.ts';
import { Image } from './image.ts';
import { analyse, openInput } from './input.ts';
import { loadCodecs, loadProgram } from './programs.ts';
import './refusals.ts';
import { passOn } from './sharing.ts';
import { createSpool } from './spool.ts';

let opening: Promise<Inspector>;
let tell: (progress: Progress) => void;
/** Contents are read beside everything else: a build tells of that only while it waits for it. */
let tellAnalysed: (progress: Progress) => void;

const firmwareOf = (file: File) =>
  readFirmware(new FileSource(file), { codecs: loadCodecs, createSpool, progress() {} });

const api: EngineApi = {
  async open(files, options, progress) {
    tell = throttled(progress, ({ phase }) => phase);
    tellAnalysed = tell;
    const host = {
      program: loadProgram,
      codecs: loadCodecs,
      createSpool,
      analyse: (job, sources) => analyse(job, sources, (analysed) => tellAnalysed(analysed)),
      progress: tell,
    } satisfies Parameters<typeof Inspector.open>[2];
    // Compiled while headers are read. Whoever needs one hears what is wrong with it.
    for (const name of ['mke2fs', 'debugfs'] as const) loadProgram(name).catch(() => {});
    opening = openInput(files).then((input) => Inspector.open(input, options, host));
    return (await opening).overview;
  },

  async judge(options, file) {
    const inspector = await opening;
    try {
      return await inspector.judge(options, file && (await firmwareOf(file)));
    } catch (error) {
      const judgement = await inspector.judge(options);
      return { ...judgement, bytes: undefined, errors: [...judgement.errors, sentence(error)] };
    }
  },
  verify: async (known) => (await opening).verify(known),
  children: async (path) => (await opening).children(path),
  why: async (storePath) => (await opening).why(storePath),
  async script(options) {
    const { plan, registration } = await (await opening).replay(options);
    return new Blob([...planScript(plan, registration, mke2fsConf)], { type: 'text/x-shellscript' });
  },

  async build({ options, scratch, analyses, firmware }, storage) {
    const inspector = await opening;
    const image = new Image(scratch, options, firmware && (await firmwareOf(firmware)), storage);
    let isWaiting = false;
    tellAnalysed = (analysed) => isWaiting && tell(analysed);
    let endSharing = () => {};
    try {
      const report = await inspector.build(options, {
        program: loadProgram,
        createStore: (size) => image.createStore(size),
        whole: (store) => image.wrap(store),
        codecs: loadCodecs,
        createSpool,
        async analyse(job, sources) {
          if (analyses) return analyses;
          const parts = sources.map(partsOf);
          // What is expanded anew is read in another order than its contents are needed.
          if (parts.some(({ anew }) => anew)) return analyse(job, sources, tellAnalysed);
          const { port1, port2 } = new MessageChannel();
          endSharing = passOn(
            parts.map(({ own }) => own as FileSource),
            port1,
          );
          return analyse(job, sources, tellAnalysed, port2);
        },
        progress(made) {
          isWaiting = made.phase === 'analyse';
          if (isWaiting) endSharing();
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

  blocks: (image) => readBlockMap(loadProgram, new FileSource(new File([image], 'The image'))),
  isImage: async (file) => holdsFilesystem(new FileSource(file)),
};

expose(api);
