/** The engine's thread: one job, then it ends. The main thread stays free for signals. */
import { statfsSync } from 'node:fs';
import { basename } from 'node:path';
import { TransformStream } from 'node:stream/web';
import { parentPort, workerData } from 'node:worker_threads';
import {
  checkImage,
  type Delivery,
  displaySize,
  type HandoverPort,
  layOut,
  offer,
  type Piece,
  type Progress,
  planScript,
  type Raw,
  type RawFacts,
  Refusal,
  readStart,
  Session,
  sentence,
  throttled,
  usedRanges,
} from '../core/index.ts';
import { deliverRaw } from './deliver.ts';
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

const host = fileSessionHost(job.scratch, job.threads);

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
      let session = await open();
      let { view, report } = await session.build(options);
      const laidOut = async () => {
        const used = options.bmap ? await usedRanges(view, { program: loadProgram }) : undefined;
        return layOut(view, options, firmware, used);
      };
      let raw = await laidOut();
      const lacking = session.isSpooled ? lackingRoom(raw.facts) : undefined;
      if (lacking !== undefined) {
        session = await session.withoutSpools(lacking);
        ({ view, report } = await session.build(options));
        raw = await laidOut();
      }
      const delivery = await handOver(raw);
      for (const archive of archives) archive.assertUnchanged();
      return { command: 'build', report, delivery };
    }
  }
}

/** Why the image does not fit where it is to be written; `undefined` where it does, or that can't be told. */
function lackingRoom({ bytes, data }: RawFacts): string | undefined {
  if (job.folder === undefined || job.options.compress !== 'none') return undefined;
  const { bavail, bsize } = statfsSync(job.folder);
  const free = bavail * bsize;
  const wanted = job.isFilled ? bytes : data.reduce((sum, { length }) => sum + length, 0);
  return wanted > free ? `${displaySize(free)} are free, the image takes ${displaySize(wanted)}` : undefined;
}

/** Reads and hashes the image here, while the main thread writes what came before. */
async function handOver(raw: Raw): Promise<Delivery> {
  const { options, port, isHashed } = job;
  post({ kind: 'image', bytes: options.compress === 'none' ? raw.facts.bytes : 0 });
  const { readable, writable } = new TransformStream<Piece, Piece>();
  const writer = writable.getWriter();
  const spare: ArrayBuffer[] = [];
  const handed = offer(port as unknown as HandoverPort, readable[Symbol.asyncIterator](), spare);
  const isCompressed = options.compress !== 'none';
  const room = isCompressed ? undefined : () => spare.pop() ?? new ArrayBuffer(2 ** 20);
  // A compressor's bytes are in WebAssembly's memory.
  const write = (piece: Uint8Array | number) =>
    writer.write(isCompressed && typeof piece !== 'number' ? piece.slice() : (piece as Piece));
  const made = deliverRaw(raw, { options, isHashed, room, write, progress }).then(
    async (delivery) => {
      await writer.close();
      return delivery;
    },
    async (error) => {
      await writer.abort(error);
      throw error;
    },
  );
  const [delivery] = await Promise.all([made, handed]);
  return delivery;
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
