/** The engine's thread: one job, then it ends. The main thread stays free for signals. */
import { basename } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import {
  checkImage,
  layOut,
  type Progress,
  planScript,
  Refusal,
  readStart,
  Session,
  sentence,
  throttled,
  usedRanges,
} from '../core/index.ts';
import { writeRaw } from './deliver.ts';
import { openFirmware } from './firmware.ts';
import { fileSessionHost } from './host.ts';
import type { Job, Message, Result } from './job.ts';
import { readWhole } from './special.ts';
import { readStandardInput } from './spool.ts';
import { FileSource, unopened } from './storage.ts';
import { loadProgram, mke2fsConf } from './wasm.ts';

const job: Job = workerData;
const post = (message: Message) => parentPort!.postMessage(message);

const progress = throttled(
  (now: Progress) => post({ kind: 'progress', progress: now }),
  ({ phase }) => phase,
);

const host = fileSessionHost(job.scratch);

async function run(): Promise<Result> {
  if (job.command === 'check') {
    const image = FileSource.ofDisk(job.files[0]!);
    const { superblock, check } = await checkImage(image.name, image, host);
    return { command: 'check', facts: { ...superblock }, check };
  }
  const archives: FileSource[] = [];
  for (const path of job.files)
    archives.push(path === '-' ? await readStandardInput(job.scratch) : new FileSource(path));
  const manifests = await Promise.all(job.manifests.map(readManifest));
  const { options } = job;
  const open = () => Session.open({ archives, manifests }, options, host, { progress });
  switch (job.command) {
    case 'inspect':
      return { command: 'inspect', inspection: await (await open()).inspect(options, job.why) };
    case 'plan': {
      const plan = await (await open()).plan(options);
      // All of it, or, where something in it can't be expressed, nothing.
      const script = [...planScript(plan, await mke2fsConf())];
      for (const bytes of script) post({ kind: 'output', bytes });
      return { command: 'plan' };
    }
    case 'build': {
      const firmware = job.firmware === undefined ? undefined : await openFirmware(job.firmware, { ...host, progress });
      const session = await open();
      const { report, written } = await session.buildInto(options, async ({ view }) => {
        const used = options.bmap ? await usedRanges(view, { program: loadProgram }) : undefined;
        const raw = layOut(view, options, firmware, used);
        return writeRaw(job.target, raw, { options, isFilled: job.isFilled }, progress);
      });
      for (const archive of archives) archive.assertUnchanged();
      return { command: 'build', report, delivery: written };
    }
  }
}

async function readManifest(path: string) {
  if (path === '-') {
    const input = await readStandardInput(job.scratch);
    return { name: input.name, bytes: readStart(input) };
  }
  try {
    return { name: basename(path), bytes: await readWhole(path) };
  } catch (error) {
    throw unopened(path, error);
  }
}

try {
  post({ kind: 'done', result: await run() });
} catch (error) {
  const findings = error instanceof Refusal && error.code === 'closure-broken' ? error.facts : {};
  post({ kind: 'failed', failure: { error: sentence(error), ...findings } });
}
