/** The engine's worker: one build, then the page ends it. */
import { expose, transfer, wrap } from 'comlink';
import {
  type AnalysisJob,
  type BlockStore,
  buildImage,
  MemoryStore,
  type Progress,
  Refusal,
  WriteBackStore,
} from '../../../src/core/index.ts';
import { workerFailure } from '../parts.ts';
import { removeScratch } from '../scratch.ts';
import type { AnalysisApi } from './analysis.ts';
import type { BuildRequest, EngineApi, ImagePlace, Storage } from './api.ts';
import { FileSource } from './file-source.ts';
import { OpfsBacking } from './opfs.ts';
import { loadProgram } from './programs.ts';

/** Milliseconds between two reports of the same phase. */
const PROGRESS_EVERY = 100;
/** An image up to this size is made in memory; any larger one on disk. */
const SMALL = 64 * 2 ** 20;
/** Where there is no disk storage, memory holds this much at most. */
const MOST_IN_MEMORY = 2 ** 30;

const api: EngineApi = {
  async build({ archives, manifests, options, scratch }, progress, storage) {
    const image = new Image(scratch, storage);
    try {
      const input = {
        archives: archives.map((file) => new FileSource(file)),
        manifests: await Promise.all(manifests.map(readManifest)),
        options,
      };
      const report = await buildImage(input, {
        program: loadProgram,
        createStore: (size) => image.createStore(size),
        analyse: (job) => analyse(job, archives),
        progress: throttled(progress),
        now: () => performance.now(),
      });
      return { report, place: image.finish() };
    } catch (error) {
      await image.discard();
      throw error;
    }
  },
};

/** The image while it is being made: in memory or in OPFS. */
class Image {
  readonly #scratch: string;
  readonly #tell: (storage: Storage) => void;
  #memory: MemoryStore | undefined;
  #backing: OpfsBacking | undefined;

  constructor(scratch: string, tell: (storage: Storage) => void) {
    this.#scratch = scratch;
    this.#tell = tell;
  }

  async createStore(size: number): Promise<BlockStore> {
    await this.discard();
    if (size > SMALL) {
      this.#backing = await OpfsBacking.create(this.#scratch, size);
      if (this.#backing) {
        this.#tell({ kind: 'opfs', bytes: size, doubt: await doubtful(size) });
        return new WriteBackStore(this.#backing, size);
      }
      if (size > MOST_IN_MEMORY) throw new Refusal('storage-missing', { bytes: size, most: MOST_IN_MEMORY });
    }
    this.#memory = new MemoryStore(size);
    this.#tell({ kind: 'memory', bytes: size, doubt: undefined });
    return this.#memory;
  }

  finish(): ImagePlace {
    this.#backing?.close();
    return this.#memory ? { kind: 'memory', blob: blobOf(this.#memory) } : { kind: 'opfs', scratch: this.#scratch };
  }

  async discard(): Promise<void> {
    this.#memory = undefined;
    if (!this.#backing) return;
    this.#backing.close();
    this.#backing = undefined;
    await removeScratch(this.#scratch);
  }
}

/** What the browser says is free, where it is less than `size`. */
async function doubtful(size: number): Promise<number | undefined> {
  const { quota = 0, usage = 0 } = await navigator.storage.estimate();
  // The scratch file already counts, by its whole length.
  const free = quota - usage + size;
  return free < size ? free : undefined;
}

function blobOf(store: MemoryStore): Blob {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (const [bytes, length] of store.pieces()) parts.push(bytes ?? new Uint8Array(length));
  return new Blob(parts);
}

async function readManifest(file: File) {
  try {
    return { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) };
  } catch (error) {
    throw new Refusal('source-unreadable', { name: file.name, why: (error as Error).message });
  }
}

async function analyse(job: AnalysisJob, archives: BuildRequest['archives']) {
  const worker = new Worker(new URL('./analysis.ts', import.meta.url), { type: 'module' });
  try {
    const buffers = job.recipes.flatMap(({ frames, steps }) => [frames.buffer, steps.buffer]);
    const analyses = wrap<AnalysisApi>(worker).analyse(transfer(job, buffers), archives);
    return await Promise.race([analyses, workerFailure(worker)]);
  } finally {
    worker.terminate();
  }
}

function throttled(report: (progress: Progress) => void): (progress: Progress) => void {
  let phase: string | undefined;
  let at = 0;
  return (progress) => {
    const now = performance.now();
    if (progress.phase === phase && now - at < PROGRESS_EVERY) return;
    phase = progress.phase;
    at = now;
    report(progress);
  };
}

expose(api);
