/**
 * The worker that has archives open: it looks into them while a person decides, then builds one image of them. It can
 * be ended at any moment.
 */
import {
  holdsFilesystem,
  layOut,
  type PathAnalysis,
  type Progress,
  planScript,
  readBlockMap,
  readFirmware,
  Session,
  type SessionHost,
  sentence,
  throttled,
  usedRanges,
} from '../../../src/core/index.ts';
import mke2fsConf from '../../../wasm/mke2fs.conf?raw';
import type { EngineApi } from './api.ts';
import { FileSource } from './file-source.ts';
import { Image } from './image.ts';
import { analyse, openInput } from './input.ts';
import { loadCodecs, loadProgram } from './programs.ts';
import './refusals.ts';
import { serve } from './serve.ts';
import { createSpool } from './spool.ts';

let opening: Promise<Session>;
let tell: (progress: Progress) => void;
/** What was found in these archives' contents, in this worker or one before it. */
let analyses: Promise<readonly PathAnalysis[]> | undefined;

const host: SessionHost = {
  program: loadProgram,
  codecs: loadCodecs,
  createSpool,
  analyse(job, sources, report) {
    analyses ??= analyse(job, sources, report);
    return analyses;
  },
};

const firmwareOf = (file: File) =>
  readFirmware(new FileSource(file), { codecs: loadCodecs, createSpool, progress() {} });

const api: EngineApi = {
  async open(files, options, progress) {
    tell = throttled(progress, ({ phase }) => phase);
    // Compiled while headers are read. A failure is told by the stage that needs the program.
    for (const name of ['mke2fs', 'debugfs'] as const) loadProgram(name).catch(() => {});
    opening = openInput(files).then((input) => Session.open(input, options, host, { progress: (now) => tell(now) }));
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
  async verify(known) {
    if (known) analyses ??= Promise.resolve(known);
    await (await opening).contents();
    return analyses!;
  },
  children: async (path) => (await opening).children(path),
  why: async (storePath) => (await opening).why(storePath),
  async script(options) {
    const plan = await (await opening).plan(options);
    return new Blob([...planScript(plan, mke2fsConf)], { type: 'text/x-shellscript' });
  },

  async build({ options, scratch, analyses: known, firmware }, storage) {
    if (known) analyses ??= Promise.resolve(known);
    const image = new Image(scratch, options, storage);
    try {
      const { report, written } = await (await opening).buildInto(options, async ({ view }) => {
        const used = options.bmap ? await usedRanges(view, { program: loadProgram }) : undefined;
        const raw = layOut(view, options, firmware && (await firmwareOf(firmware)), used);
        return image.make(raw, tell);
      });
      return { report, ...written };
    } catch (error) {
      await image.discard();
      throw error;
    }
  },

  blocks: (image) => readBlockMap(loadProgram, new FileSource(new File([image], 'The image'))),
  isImage: async (file) => holdsFilesystem(new FileSource(file)),
};

serve(api);
