/** The finished image, written out: to OPFS or into memory, compressed on the way where that is asked. */
import {
  type Delivery,
  deliver,
  makeCompressor,
  newStreamingHasher,
  type Options,
  type Progress,
  type Raw,
  readData,
} from '../../../src/core/index.ts';
import { imageRefusal } from '../limits.ts';
import { removeScratch } from '../scratch.ts';
import type { BuildAnswer, ImagePlace, Storage } from './api.ts';
import { OpfsBacking } from './opfs.ts';
import { loadCodecs } from './programs.ts';

/** An image up to this size is put together in memory before it is put on disk. */
const SMALL = 64 * 2 ** 20;

/** Bytes, or as many zeros. */
type Piece = readonly [bytes: Uint8Array<ArrayBuffer> | undefined, length: number];

export class Image {
  readonly #scratch: string;
  readonly #options: Options;
  readonly #tell: (storage: Storage) => void;
  #backing: OpfsBacking | undefined;

  constructor(scratch: string, options: Options, tell: (storage: Storage) => void) {
    this.#scratch = scratch;
    this.#options = options;
    this.#tell = tell;
  }

  /** Writes the image out. @throws Refusal `storage-*`, `source-unreadable` */
  async make(raw: Raw, progress: (progress: Progress) => void): Promise<Omit<BuildAnswer, 'report'>> {
    await this.discard();
    const { facts } = raw;
    const { bytes } = facts;
    const isPlain = this.#options.compress === 'none';
    if (bytes > SMALL) this.#backing = await OpfsBacking.create(this.#scratch, isPlain ? bytes : 0);
    const refusal = this.#backing ? undefined : imageRefusal(bytes);
    if (refusal) throw refusal;
    // How small a compressed image will be is not known.
    const doubt = this.#backing && isPlain ? await doubtful(bytes).catch(() => undefined) : undefined;
    this.#tell({ kind: this.#backing ? 'opfs' : 'memory', bytes, doubt });
    if (!isPlain) return { raw: facts, ...(await this.#compress(raw, progress)) };
    return { raw: facts, delivery: undefined, place: await this.#write(raw, progress) };
  }

  async #write(raw: Raw, progress: (progress: Progress) => void): Promise<ImagePlace> {
    const { bytes: total } = raw.facts;
    const pieces: Piece[] = [];
    let end = 0;
    for await (const { offset, bytes } of readData(raw)) {
      if (this.#backing) this.#backing.write(offset, bytes);
      else pieces.push([undefined, offset - end], [bytes.slice(), bytes.length]);
      end = offset + bytes.length;
      progress({ phase: 'deliver', done: offset, total, entries: 0 });
    }
    if (!this.#backing) return this.#keep([...pieces, [undefined, total - end]], total);
    this.#backing.close();
    return { kind: 'opfs', scratch: this.#scratch };
  }

  /** Puts what was made in memory on disk, where there is one with room: there it outlives the page. */
  async #keep(pieces: readonly Piece[], size: number): Promise<ImagePlace> {
    const file = await OpfsBacking.create(this.#scratch, size).catch(() => undefined);
    if (file && writeAll(file, pieces)) return { kind: 'opfs', scratch: this.#scratch };
    if (file) await removeScratch(this.#scratch);
    return { kind: 'memory', blob: new Blob(pieces.map(([bytes, length]) => bytes ?? new Uint8Array(length))) };
  }

  async discard(): Promise<void> {
    if (!this.#backing) return;
    this.#backing.close();
    this.#backing = undefined;
    await removeScratch(this.#scratch);
  }

  async #compress(
    { image, facts }: Raw,
    progress: (progress: Progress) => void,
  ): Promise<{ place: ImagePlace; delivery: Delivery }> {
    const target = this.#backing;
    const pieces: Piece[] = [];
    const delivery = await deliver(facts, {
      async read(offset, into) {
        await image.prefetch(offset, offset + into.length);
        image.read(offset, into);
      },
      newHasher: newStreamingHasher,
      compressor: await makeCompressor(this.#options, loadCodecs),
      put(offset, bytes) {
        if (target) target.write(offset, bytes);
        else pieces.push([bytes.slice(), bytes.length]);
      },
      progress: (done) => progress({ phase: 'deliver', done, total: facts.bytes, entries: 0 }),
    });
    target?.close();
    const place: ImagePlace = target
      ? { kind: 'opfs', scratch: this.#scratch }
      : await this.#keep(pieces, delivery.writtenBytes);
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
