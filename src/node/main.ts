/** The command line: words in, exit code out. Owns signals and the output file; the engine runs in its own thread. */
import { tmpdir } from 'node:os';
import { MessageChannel, Worker } from 'node:worker_threads';
import {
  asked,
  type BuildReport,
  type Delivery,
  type HandoverPort,
  type Progress,
  Refusal,
  sentence,
} from '../core/index.ts';
import { findJsonStream, help, type Invocation, parseArguments } from './arguments.ts';
import type { Failure, Job, Message, Result } from './job.ts';
import { defaultOutput, type Output, openOutput } from './output.ts';
import { partialPath } from './partial.ts';
import { buildSummary, inspectionSummary, progressWriter } from './report.ts';
import { storageRefusal } from './storage.ts';
import { version, wasmSha256 } from './wasm.ts';

const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;
const USAGE = 2;

/** e2fsprogs' version, as `--version` and `--json` name it. */
const E2FSPROGS = '1.47.2-3';

const words = process.argv.slice(2);
const jsonStream = findJsonStream(words);

/** Where `build` writes; what of it is half-made is removed however this ends. */
let output: Output | undefined;

async function main(): Promise<number> {
  let invocation: ReturnType<typeof parseArguments>;
  try {
    invocation = parseArguments(words);
  } catch (error) {
    return fail(error, isRefusal(error) ? USAGE : 1);
  }
  if (invocation === 'help') return print(help());
  if (invocation === 'version') return print(`storeimg ${await version()} (e2fsprogs ${E2FSPROGS})\n`);
  const { command, files, options } = invocation;
  try {
    if (command === 'build') {
      const inputs = [...files, ...invocation.manifests, ...(invocation.firmware ? [invocation.firmware] : [])];
      output = openOutput(invocation.output ?? defaultOutput(files[0]!, options), options, inputs);
    }
  } catch (error) {
    return fail(error, 1);
  }
  if (output?.isStream && options.bmap) return fail(new Refusal('bmap-stream', { path: output.path }), USAGE);
  for (const [signal, status] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      output?.discard();
      process.exit(status);
    });
  }
  try {
    return await perform(invocation);
  } catch (error) {
    output?.discard();
    return fail(error, 1);
  }
}

/** Says what is wrong, where all else has been said. */
function complain(thrown: unknown): number {
  process.stderr.write(`storeimg: ${sentence(thrown)}\n`);
  return 1;
}

function fail(thrown: unknown, status: number): number {
  const error = sentence(thrown);
  complain(thrown);
  // The engine's thread knows more of what it found.
  const failure: Failure = thrown instanceof Error && 'failure' in thrown ? (thrown.failure as Failure) : { error };
  if (jsonStream) print(json(failure), process[jsonStream]);
  return status;
}

async function perform(invocation: Invocation): Promise<number> {
  const started = performance.now();
  const result = await work(invocation);
  switch (result.command) {
    case 'plan':
      return 0;
    case 'inspect': {
      const { inspection } = result;
      print(jsonStream ? json(inspection) : inspectionSummary(inspection, invocation.why));
      const { length } = inspection.errors;
      return length ? complain(new Refusal('inspection-errors', { count: length })) : 0;
    }
    case 'check': {
      const { facts, check } = result;
      print(jsonStream ? json({ ...facts, check }) : `${check.output}\n${factLines(facts)}`);
      return check.clean ? 0 : complain(new Refusal('check-found', { name: invocation.files[0]! }));
    }
    case 'build':
      return finishBuild(invocation, result.report, result.delivery, started);
  }
}

/** Puts the image into its place and says what it is. */
async function finishBuild(
  { options, isHashed }: Invocation,
  built: BuildReport,
  found: Delivery,
  started: number,
): Promise<number> {
  const { path, bmap: bmapPath, finish, assertWritten } = output!;
  if (options.audit) await assertWritten(found);
  const late = await finish(found);
  const delivery = isHashed ? found : { ...found, sha256: undefined, writtenSha256: undefined };
  const report = {
    ...built,
    warnings: [...built.warnings, ...late],
    // Copying to a stream goes on when the engine is done.
    seconds: { ...built.seconds, total: (performance.now() - started) / 1000 },
  };
  if (!jsonStream) return print(buildSummary(path, delivery, report), path === '-' ? process.stderr : process.stdout);
  const { bmap, ...hashes } = delivery;
  const image = { path, ...hashes, ...(bmap !== undefined && { bmap: bmapPath }), ...report.image };
  const storeimg = { version: await version(), e2fsprogs: E2FSPROGS, wasmSha256: await wasmSha256() };
  return print(json({ storeimg, ...report, image, check: report.check ?? null }), process[jsonStream]);
}

async function work(invocation: Invocation): Promise<Result> {
  const progress = progressWriter(process.stderr);
  try {
    return await runEngine(invocation, invocation.quiet ? () => {} : progress.show);
  } finally {
    progress.end();
  }
}

function runEngine(invocation: Invocation, onProgress: (progress: Progress) => void): Promise<Result> {
  const { command, files, manifests, options, why, firmware } = invocation;
  const scratch = output?.partial ?? partialPath(tmpdir(), command);
  const { port1, port2 } = new MessageChannel();
  const job: Job = {
    command,
    files,
    manifests,
    options,
    why,
    firmware,
    port: port1,
    folder: output?.folder,
    isFilled: !options.sparse,
    isHashed: invocation.isHashed || options.audit,
    threads: invocation.threads,
    scratch,
  };
  // Most of what the engine makes is kept for the whole build; room for short-lived things would only be garbage.
  const resourceLimits = { maxYoungGenerationSizeMb: 8 };
  // A manifest's FIFO is opened as a file and closed as a socket: closed once more when the thread ends, its number would
  // be another file's.
  const worker = new Worker(new URL('./engine.js', import.meta.url), {
    workerData: job,
    transferList: [port1],
    resourceLimits,
    trackUnmanagedFds: false,
  });
  let written = Promise.resolve();
  const result = new Promise<Result>((resolve, reject) => {
    worker.on('message', (message: Message) => {
      switch (message.kind) {
        case 'progress':
          onProgress(message.progress);
          break;
        case 'output':
          process.stdout.write(message.bytes);
          break;
        case 'image':
          written = writeOut(port2 as unknown as HandoverPort, message.bytes);
          written.catch(reject);
          break;
        case 'done':
          written.then(() => resolve(message.result), reject);
          break;
        case 'failed':
          reject(Object.assign(new Error(message.failure.error), { name: 'Refusal', failure: message.failure }));
      }
    });
    worker.on('error', reject);
    worker.on('exit', (status) => reject(new Error(`the engine ended with status ${status}`)));
  });
  // What was refused may still be read by a thread of the engine's.
  return result.finally(() => {
    port2.close();
    return worker.terminate();
  });
}

/** Writes what the engine's thread hands over. */
async function writeOut(port: HandoverPort, bytes: number): Promise<void> {
  const target = await output!.open(bytes);
  try {
    for await (const piece of asked(port, true)) await target.write(piece);
  } finally {
    await target.close();
  }
}

const isRefusal = (error: unknown): error is Refusal => error instanceof Error && error.name === 'Refusal';

const json = (value: unknown) => `${JSON.stringify(value)}\n`;

const factLines = (facts: Readonly<Record<string, unknown>>) =>
  `${Object.entries(facts)
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join(' ') : value}`)
    .join('\n')}\n`;

function print(text: string, stream: NodeJS.WriteStream = process.stdout): number {
  stream.write(text);
  return 0;
}

// Who hears no more of the progress still wants the image.
process.stderr.on('error', () => {});
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Who reads no further, like head, has all that was wanted; who waits for an image hears of it where it is copied.
  if (error.code === 'EPIPE' || output?.path === '-') return;
  output?.discard();
  process.exit(complain(storageRefusal(error)));
});
process.exitCode = await main();
