/**
 * The worker that has archives open: it looks into them while a person decides, then builds one image of them. It can
 * be ended at any moment.
 */
import type { Remote } from 'comlink';
import {
  holdsFilesystem,
  layOut,
  type Options,
  type PathAnalysis,
  type Progress,
  partsOf,
  planScript,
  type Refusal,
  readFirmware,
  Session,
  type SessionHost,
  sentence,
  throttled,
  usedRanges,
} from '../../../src/core/index.ts';
import mke2fsConf from '../../../wasm/mke2fs.conf?raw';
import { imageRefusal } from '../limits.ts';
import { hasScratch } from '../scratch.ts';
import type { Analysts, EngineApi } from './api.ts';
import { compress } from './compressed.ts';
import { FileSource } from './file-source.ts';
import { analyse, openInput } from './input.ts';
import { loadCodecs, loadProgram } from './programs.ts';
import './refusals.ts';
import { serve } from './serve.ts';
import { createSpool } from './spool.ts';
import { tableOf } from './table.ts';

let opening: Promise<Session>;
let analysts: Remote<Analysts>;
let tell: (progress: Progress) => void;
/** What was found in these archives' contents, in this worker or one before it. */
let analyses: Promise<readonly PathAnalysis[]> | undefined;

const host: SessionHost = {
  program: loadProgram,
  codecs: loadCodecs,
  createSpool,
  analyse(job, sources, report) {
    analyses ??= analyse(job, sources, report, analysts);
    return analyses;
  },
};

const firmwareOf = (file: File) =>
  readFirmware(new FileSource(file), { codecs: loadCodecs, createSpool, progress() {} });

/** An image that is not copied as a whole may have any size. */
async function refusalOf(bytes: number | undefined, { compress }: Options): Promise<Refusal | undefined> {
  const isCopied = compress !== 'none' || (await opening).archives.some((source) => partsOf(source).expanding);
  if (bytes === undefined || !isCopied || (await hasScratch())) return undefined;
  return imageRefusal(bytes);
}

const api: EngineApi = {
  async use(given) {
    analysts = given as unknown as Remote<Analysts>;
  },
  async open(files, options, progress) {
    tell = throttled(progress, ({ phase }) => phase);
    // Compiled while headers are read. A failure is told by the stage that needs the program.
    for (const name of ['mke2fs', 'debugfs'] as const) loadProgram(name).catch(() => {});
    opening = openInput(files).then((input) => Session.open(input, options, host, { progress: (now) => tell(now) }));
    return (await opening).overview;
  },

  async judge(options, file) {
    const session = await opening;
    try {
      const judgement = await session.judge(options, file && (await firmwareOf(file)));
      const refusal = await refusalOf(judgement.bytes, options);
      return refusal ? { ...judgement, errors: [...judgement.errors, sentence(refusal)] } : judgement;
    } catch (error) {
      const judgement = await session.judge(options);
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

  async build({ options, scratch, analyses: known, firmware }) {
    if (known) analyses ??= Promise.resolve(known);
    const { view, report } = await (await opening).build(options);
    const used = options.bmap ? await usedRanges(view, { program: loadProgram }) : undefined;
    const raw = layOut(view, options, firmware && (await firmwareOf(firmware)), used);
    const refusal = await refusalOf(raw.facts.bytes, options);
    if (refusal) throw refusal;
    if (options.compress !== 'none') return { report, ...(await compress(raw, options, scratch, tell)) };
    return { report, image: tableOf(raw.image), raw: raw.facts, delivery: undefined };
  },

  isImage: async (file) => holdsFilesystem(new FileSource(file)),
};

serve(api);
