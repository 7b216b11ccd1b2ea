/** The engine's worker: one build, then the page ends it. */
import { expose } from 'comlink';
import { type BlockStore, buildImage, MemoryStore, Refusal, WriteBackStore } from '../../../src/core/index.ts';
import { removeScratch } from '../scratch.ts';
import type { EngineApi, ImagePlace, Storage } from './api.ts';
import { FileSource } from './file-source.ts';
import { analyse, readManifest, throttled } from './input.ts';
import { OpfsBacking } from './opfs.ts';
import { loadCodecs, loadProgram } from './programs.ts';
import { createSpool } from './spool.ts';

/** An image up to this size is made in memory; any larger one on disk. */
const SMALL = 64 * 2 ** 20;
/** Where there is no disk storage, memory holds this much at most. */
const MOST_IN_MEMORY = 2 ** 30;

const api: EngineApi = {
  async build({ archives, manifests, options, scratch, analyses }, progress, storage) {
    const image = new Image(scratch, storage);
    // The analysis runs beside everything else; its progress is told when the build waits for it.
    let isWaiting = false;
    const tell = throttled(progress, ({ phase }) => phase);
    try {
      const input = {
        archives: archives.map((file) => new FileSource(file)),
        manifests: await Promise.all(manifests.map(readManifest)),
        options,
      };
      const report = await buildImage(input, {
        program: loadProgram,
        createStore: (size) => image.createStore(size),
        codecs: loadCodecs,
        createSpool,
        analyse: async (job, sources) => analyses ?? analyse(job, sources, (analysed) => isWaiting && tell(analysed)),
        progress(made) {
          isWaiting = made.phase === 'analyse';
          tell(made);
        },
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

expose(api);
