/** The command line: words in, exit code out. Owns signals and the output file; the engine runs in its own thread. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Refusal, sentence } from '../core/index.ts';
import { help, type Invocation, parseArguments } from './arguments.ts';
import type { Job, Message, Result } from './job.ts';
import { defaultOutput, type Output, openOutput, sha256 } from './output.ts';
import { buildSummary, inspectionSummary, progressWriter } from './report.ts';
import { version, wasmSha256 } from './wasm.ts';

const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;
const USAGE = 2;

/** e2fsprogs' version, as `--version` and `--json` name it. */
const E2FSPROGS = '1.47.2-3';

async function main(): Promise<number> {
  let invocation: ReturnType<typeof parseArguments>;
  try {
    invocation = parseArguments(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`storeimg: ${sentence(error)}\n`);
    return isRefusal(error) ? USAGE : 1;
  }
  if (invocation === 'help') return print(help());
  if (invocation === 'version') return print(`storeimg ${await version()} (e2fsprogs ${E2FSPROGS})\n`);
  const output =
    invocation.command === 'build' ? openOutput(invocation.output ?? defaultOutput(invocation.files[0]!)) : undefined;
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
    process.stderr.write(`storeimg: ${sentence(error)}\n`);
    return 1;
  }
}

async function perform(invocation: Invocation, output: Output | undefined): Promise<number> {
  // The image is whole when e2fsck begins: it is hashed meanwhile.
  let digest: Promise<string> | undefined;
  const result = await runEngine(invocation, output, () => {
    digest ??= sha256(output!.partial);
    digest.catch(() => {}); // Awaited below, unless the build fails first.
  });
  switch (result.command) {
    case 'plan':
      return 0;
    case 'inspect': {
      const { inspection } = result;
      print(invocation.json ? json(inspection) : inspectionSummary(inspection, invocation.why));
      return inspection.errors.length ? 1 : 0;
    }
    case 'check': {
      const { facts, check } = result;
      print(invocation.json ? json({ ...facts, check }) : `${check.output}\n${factLines(facts)}`);
      return check.clean ? 0 : 1;
    }
    case 'build': {
      const { report } = result;
      const hash = await (digest ?? sha256(output!.partial));
      await output!.finish();
      const written = {
        path: output!.path,
        bytes: report.image.bytes,
        sha256: hash,
        writtenBytes: report.image.bytes,
        writtenSha256: hash,
      };
      const storeimg = { version: await version(), e2fsprogs: E2FSPROGS, wasmSha256: await wasmSha256() };
      const text = invocation.json
        ? json({ storeimg, ...report, image: { ...written, ...report.image } })
        : buildSummary(output!.path, hash, report);
      return print(text, output!.path === '-' ? process.stderr : process.stdout);
    }
  }
}

function runEngine(invocation: Invocation, output: Output | undefined, onWhole: () => void): Promise<Result> {
  const { command, files, manifests, options, why, quiet } = invocation;
  const scratch = output?.partial ?? join(tmpdir(), `.storeimg-${process.pid}`);
  const job: Job = { command, files, manifests, options, why, target: output?.partial ?? '', scratch };
  // Most of what the engine makes is kept for the whole build; room for short-lived things would only be garbage.
  const resourceLimits = { maxYoungGenerationSizeMb: 8 };
  const worker = new Worker(new URL('./engine.js', import.meta.url), { workerData: job, resourceLimits });
  const progress = progressWriter(process.stderr);
  return new Promise<Result>((resolve, reject) => {
    worker.on('message', (message: Message) => {
      switch (message.kind) {
        case 'progress':
          if (message.progress.phase === 'check') onWhole();
          if (!quiet) progress.show(message.progress);
          break;
        case 'output':
          process.stdout.write(message.bytes);
          break;
        case 'done':
          resolve(message.result);
          break;
        case 'failed':
          reject(Object.assign(new Error(message.sentence), { name: 'Refusal' }));
      }
    });
    worker.on('error', reject);
    worker.on('exit', (status) => reject(new Error(`the engine ended with status ${status}`)));
  }).finally(progress.end);
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

process.exitCode = await main();
