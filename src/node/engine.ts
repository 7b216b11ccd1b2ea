/** The engine's thread: one job, then it ends. The main thread stays free for signals. */
import { basename } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import {
  buildImage,
  checkImage,
  inspectArchives,
  type Progress,
  planImage,
  planScript,
  Refusal,
  readStart,
  sentence,
  throttled,
} from '../core/index.ts';
import { DiskFile } from './disk-file.ts';
import { openFirmware } from './firmware.ts';
import { buildHost, readHost } from './host.ts';
import type { Job, Message, Result } from './job.ts';
import { readWhole } from './special.ts';
import { readStandardInput } from './spool.ts';
import { FileSource, unopened } from './storage.ts';
import { mke2fsConf } from './wasm.ts';

const job: Job = workerData;
const post = (message: Message) => parentPort!.postMessage(message);

const progress = throttled(
  (now: Progress) => post({ kind: 'progress', progress: now }),
  ({ phase }) => phase,
);

const host = readHost(job.scratch, progress);

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
  const input = { archives, manifests, options: job.options };
  switch (job.command) {
    case 'inspect':
      return { command: 'inspect', inspection: await inspectArchives(input, host, job.why) };
    case 'plan': {
      const { plan, registration } = await planImage(input, host);
      // All of it, or, where something in it can't be expressed, nothing.
      const script = [...planScript(plan, registration, await mke2fsConf())];
      for (const bytes of script) post({ kind: 'output', bytes });
      return { command: 'plan' };
    }
    case 'build': {
      const firmware = job.firmware === undefined ? undefined : await openFirmware(job.firmware, host);
      const disk = new DiskFile(job.target, job.options, firmware);
      try {
        const report = await buildImage(
          input,
          buildHost(disk, progress, (raw) => post({ kind: 'whole', raw })),
        );
        for (const archive of archives) archive.assertUnchanged();
        return { command: 'build', report };
      } finally {
        // Not every system gives a file that is open another name.
        disk.close();
      }
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
