/** The engine's thread: one job, then it ends. The main thread stays free for signals. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import {
  type AnalysisJob,
  type BuildHost,
  buildImage,
  checkImage,
  inspectArchives,
  type ProgramName,
  type Progress,
  planImage,
  planScript,
  Refusal,
  type Source,
  sentence,
  throttled,
  usedRanges,
} from '../core/index.ts';
import { analyseInThread } from './analysis.ts';
import { DiskFile } from './disk-file.ts';
import { openFirmware } from './firmware.ts';
import type { Job, Message, Result } from './job.ts';
import { FileSpool, readStandardInput } from './spool.ts';
import { FileSource } from './storage.ts';
import { loadCodecs, mke2fsConf, wasmFile } from './wasm.ts';

const job: Job = workerData;
const post = (message: Message) => parentPort!.postMessage(message);

const modules = new Map<ProgramName, Promise<WebAssembly.Module>>();
const program = (name: ProgramName) => {
  let module = modules.get(name);
  if (!module) {
    module = readFile(wasmFile(name)).then((bytes) => WebAssembly.compile(bytes));
    modules.set(name, module);
  }
  return module;
};

const progress = throttled(
  (now: Progress) => post({ kind: 'progress', progress: now }),
  ({ phase }) => phase,
);

const readHost = {
  progress,
  codecs: loadCodecs,
  createSpool: async (name: string) => new FileSpool(name, job.scratch),
  analyse(what: AnalysisJob, sources: readonly Source[]) {
    const files = (sources as FileSource[]).map(({ name, descriptor }) => ({ name, descriptor }));
    return analyseInThread(what, files);
  },
};

async function run(): Promise<Result> {
  if (job.command === 'check') {
    const image = new FileSource(job.files[0]!);
    const { superblock, check } = await checkImage(image.name, image, { program });
    return { command: 'check', facts: { ...superblock }, check };
  }
  const archives: FileSource[] = [];
  for (const path of job.files)
    archives.push(path === '-' ? await readStandardInput(job.scratch) : new FileSource(path));
  const manifests = await Promise.all(job.manifests.map(readManifest));
  const input = { archives, manifests, options: job.options };
  switch (job.command) {
    case 'inspect':
      return { command: 'inspect', inspection: await inspectArchives(input, readHost, job.why) };
    case 'plan': {
      const { plan, registration } = await planImage(input, { ...readHost, program });
      for (const bytes of planScript(plan, registration, await mke2fsConf())) post({ kind: 'output', bytes });
      return { command: 'plan' };
    }
    case 'build': {
      const firmware = job.firmware === undefined ? undefined : await openFirmware(job.firmware);
      const disk = new DiskFile(job.target, job.options, firmware);
      const host: BuildHost = {
        ...readHost,
        program,
        createStore: async (size) => disk.createStore(size),
        async whole(image) {
          const used = job.options.bmap ? await usedRanges(image, { program }) : undefined;
          post({ kind: 'whole', raw: disk.finish(used) });
        },
        now: () => performance.now(),
      };
      const report = await buildImage(input, host);
      for (const archive of archives) archive.assertUnchanged();
      return { command: 'build', report };
    }
  }
}

async function readManifest(path: string) {
  try {
    return { name: basename(path), bytes: new Uint8Array(await readFile(path)) };
  } catch (error) {
    throw new Refusal('source-unreadable', { name: path, why: (error as Error).message });
  }
}

try {
  post({ kind: 'done', result: await run() });
} catch (error) {
  post({ kind: 'failed', sentence: sentence(error) });
}
