/** The command line: words in, exit code out. Owns signals and the output file; the engine runs in its own thread. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Delivery, type Progress, type Raw, Refusal, sentence } from '../core/index.ts';
import { findJsonStream, help, type Invocation, parseArguments } from './arguments.ts';
import { deliverFile } from './deliver.ts';
import type { Failure, Job, Message, Result } from './job.ts';
import { defaultOutput, type Output, openOutput } from './output.ts';
import { buildSummary, inspectionSummary, progressWriter } from './report.ts';
import { version, wasmSha256 } from './wasm.ts';

const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;
const USAGE = 2;

/** e2fsprogs' version, as `--version` and `--json` name it. */
const E2FSPROGS = '1.47.2-3';

const words = process.argv.slice(2);
const jsonStream = findJsonStream(words);

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
  let output: Output | undefined;
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
    return await perform(invocation, output);
  } catch (error) {
    output?.discard();
    return fail(error, 1);
  }
}

function fail(thrown: unknown, status: number): number {
  const error = sentence(thrown);
  process.stderr.write(`storeimg: ${error}\n`);
  // The engine's thread knows more of what it found.
  const failure: Failure = thrown instanceof Error && 'failure' in thrown ? (thrown.failure as Failure) : { error };
  if (jsonStream) print(json(failure), process[jsonStream]);
  return status;
}

async function perform(invocation: Invocation, output: Output | undefined): Promise<number> {
  const { result, delivery } = await work(invocation, output);
  switch (result.command) {
    case 'plan':
      return 0;
    case 'inspect': {
      const { inspection } = result;
      print(jsonStream ? json(inspection) : inspectionSummary(inspection, invocation.why));
      return inspection.errors.length ? 1 : 0;
    }
    case 'check': {
      const { facts, check } = result;
      print(jsonStream ? json({ ...facts, check }) : `${check.output}\n${factLines(facts)}`);
      return check.clean ? 0 : 1;
    }
    case 'build': {
      const { bmap, ...hashes } = delivery!;
      const late = await output!.finish(bmap);
      const report = { ...result.report, warnings: [...result.report.warnings, ...late] };
      const written = {
        path: output!.path,
        ...hashes,
        ...(bmap !== undefined && { bmap: output!.bmap }),
      };
      const storeimg = { version: await version(), e2fsprogs: E2FSPROGS, wasmSha256: await wasmSha256() };
      if (jsonStream)
        return print(json({ storeimg, ...report, image: { ...written, ...report.image } }), process[jsonStream]);
      const summary = buildSummary(output!.path, delivery!, report);
      return print(summary, output!.path === '-' ? process.stderr : process.stdout);
    }
  }
}

/** Lets the engine work; what it has built is read here as soon as it is whole, while e2fsck reads it there. */
async function work(invocation: Invocation, output: Output | undefined) {
  const progress = progressWriter(process.stderr);
  const show = invocation.quiet ? () => {} : progress.show;
  const failure = new AbortController();
  let isEngineDone = false;
  let delivery: Promise<Delivery> | undefined;
  try {
    const result = await runEngine(invocation, output, show, (raw) => {
      const showLater = (now: Progress) => isEngineDone && show(now);
      delivery = deliverFile(raw, output!, invocation.options, failure.signal, showLater);
      delivery.catch(() => {}); // Awaited below, unless the engine fails first.
    });
    isEngineDone = true;
    return { result, delivery: await delivery };
  } catch (error) {
    failure.abort(error);
    throw error;
  } finally {
    progress.end();
  }
}

function runEngine(
  invocation: Invocation,
  output: Output | undefined,
  onProgress: (progress: Progress) => void,
  onWhole: (raw: Raw) => void,
): Promise<Result> {
  const { command, files, manifests, options, why, firmware } = invocation;
  const scratch = output?.raw ?? join(tmpdir(), `.storeimg-${process.pid}`);
  const job: Job = { command, files, manifests, options, why, firmware, target: output?.raw ?? '', scratch };
  // Most of what the engine makes is kept for the whole build; room for short-lived things would only be garbage.
  const resourceLimits = { maxYoungGenerationSizeMb: 8 };
  const worker = new Worker(new URL('./engine.js', import.meta.url), { workerData: job, resourceLimits });
  const result = new Promise<Result>((resolve, reject) => {
    worker.on('message', (message: Message) => {
      switch (message.kind) {
        case 'progress':
          onProgress(message.progress);
          break;
        case 'whole':
          onWhole(message.raw);
          break;
        case 'output':
          process.stdout.write(message.bytes);
          break;
        case 'done':
          resolve(message.result);
          break;
        case 'failed':
          reject(Object.assign(new Error(message.failure.error), { name: 'Refusal', failure: message.failure }));
      }
    });
    worker.on('error', reject);
    worker.on('exit', (status) => reject(new Error(`the engine ended with status ${status}`)));
  });
  // What was refused may still be read by a thread of the engine's.
  return result.finally(() => worker.terminate());
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

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Who reads no further, like head, has all that was wanted.
  if (error.code !== 'EPIPE') throw error;
});
process.exitCode = await main();
