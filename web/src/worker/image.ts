/** The image while it is being made: in memory or in OPFS, at its place in the disk, and compressed from there. */
import {
  type BlockStore,
  deliver,
  type Firmware,
  filesystemOffset,
  filesystemStore,
  finishRaw,
  MemoryStore,
  makeCompressor,
  newStreamingHasher,
  type Options,
  type Progress,
  type Raw,
  type SparseStore,
  usedRanges,
  WriteBackStore,
} from '../../../src/core/index.ts';
import { imageRefusal } from '../limits.ts';
import { removeScratch } from '../scratch.ts';
import type { BuildAnswer, ImagePlace, Storage } from './api.ts';
import { OpfsBacking } from './opfs.ts';
import { loadCodecs, loadProgram } from './programs.ts';
import { holdSpoolName } from './spool.ts';

/** An image up to this size is made in memory, and put on disk when it is finished; any larger one is made there. */
const SMALL = 64 * 2 ** 20;

/** Bytes, or as many zeros. */
type Piece = readonly [bytes: Uint8Array<ArrayBuffer> | undefined, length: number];

export class Image {
  readonly #scratch: string;
  readonly #options: Options;
  readonly #firmware: Firmware | undefined;
  readonly #tell: (storage: Storage) => void;
  #whole: MemoryStore | WriteBackStore | undefined;
  #backing: OpfsBacking | undefined;
  /** Where the backing is: its own file where what is downloaded is another, compressed one. */
  #place = '';
  #raw: Raw | undefined;

  constructor(scratch: string, options: Options, firmware: Firmware | undefined, tell: (storage: Storage) => void) {
    this.#scratch = scratch;
    this.#options = options;
    this.#firmware = firmware;
    this.#tell = tell;
  }

  async createStore(size: number): Promise<BlockStore> {
    await this.discard();
    const bytes = filesystemOffset(this.#options, this.#firmware) + size;
    if (bytes > SMALL) {
      this.#place = this.#options.compress === 'none' ? this.#scratch : await holdSpoolName();
      this.#backing = await OpfsBacking.create(this.#place, bytes);
    }
    if (this.#backing) {
      this.#tell({ kind: 'opfs', bytes, doubt: await doubtful(bytes).catch(() => undefined) });
      this.#whole = new WriteBackStore(this.#backing, bytes);
    } else {
      const refusal = imageRefusal(bytes);
      if (refusal) throw refusal;
      this.#tell({ kind: 'memory', bytes, doubt: undefined });
      this.#whole = new MemoryStore(bytes);
    }
    return filesystemStore(this.#whole, this.#options, this.#firmware);
  }

  /** Writes what lies around the finished filesystem. */
  async wrap(filesystem: BlockStore): Promise<void> {
    const used = this.#options.bmap ? await usedRanges(filesystem, { program: loadProgram }) : undefined;
    this.#raw = finishRaw(this.#whole!, this.#options, this.#firmware, used);
  }

  async finish(progress: (progress: Progress) => void): Promise<Omit<BuildAnswer, 'report'>> {
    const raw = this.#raw!;
    if (this.#options.compress !== 'none') return { raw, ...(await this.#compress(this.#whole!, raw, progress)) };
    this.#backing?.close();
    const place: ImagePlace =
      this.#whole instanceof MemoryStore
        ? await this.#keep([...this.#whole.pieces()], raw.bytes)
        : { kind: 'opfs', scratch: this.#scratch };
    return { raw, place, delivery: undefined };
  }

  /** Puts what was made in memory on disk, where there is one with room: there it outlives the page. */
  async #keep(pieces: readonly Piece[], size: number): Promise<ImagePlace> {
    const file = await OpfsBacking.create(this.#scratch, size).catch(() => undefined);
    if (file && writeAll(file, pieces)) return { kind: 'opfs', scratch: this.#scratch };
    if (file) await removeScratch(this.#scratch);
    return { kind: 'memory', blob: new Blob(pieces.map(([bytes, length]) => bytes ?? new Uint8Array(length))) };
  }

  async discard(): Promise<void> {
    this.#whole = undefined;
    if (!this.#backing) return;
    this.#backing.close();
    this.#backing = undefined;
    await removeScratch(this.#place);
  }

  async #compress(whole: SparseStore, raw: Raw, progress: (progress: Progress) => void) {
    const target = this.#backing && (await OpfsBacking.create(this.#scratch, 0));
    const pieces: Piece[] = [];
    let size = 0;
    const delivery = await deliver(raw, {
      read: (offset, into) => whole.read(offset, into),
      newHasher: newStreamingHasher,
      compressor: await makeCompressor(this.#options, loadCodecs),
      write(bytes) {
        if (target) target.write(size, bytes);
        else pieces.push([bytes.slice(), bytes.length]);
        size += bytes.length;
      },
      progress: (done) => progress({ phase: 'deliver', done, total: raw.bytes, entries: 0 }),
    });
    target?.close();
    await this.discard();
    const place: ImagePlace = target ? { kind: 'opfs', scratch: this.#scratch } : await this.#keep(pieces, size);
    return { place, delivery };
  }
}

/** What the browser says is free, where it is less than `size`. Not every browser says it. */
async function doubtful(size: number): Promise<number | undefined> {
  const { quota = 0, usage = 0 } = await navigator.storage.estimate();
  // The scratch file already counts, by its whole length.
  const free = quota - usage + size;
  return free < size ? free : undefined;
}

/** Writes pieces one after the other, and closes the file; returns whether there was room. */
function writeAll(file: OpfsBacking, pieces: readonly Piece[]): boolean {
  let at = 0;
  try {
    for (const [bytes, length] of pieces) {
      if (bytes) file.write(at, bytes);
      at += length;
    }
    return true;
  } catch {
    return false;
  } finally {
    file.close();
  }
}
