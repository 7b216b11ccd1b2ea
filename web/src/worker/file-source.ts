/**
 * A File as the engine reads it. A synchronous read of a few KiB takes as long as one of a MiB, so the File is read in
 * aligned slices of megabytes, which are kept while memory lasts: streamed where the engine can wait and says what comes
 * next, read on the spot otherwise.
 */
import { Refusal, type Source } from '../../../src/core/index.ts';
import { BlobStream } from './blob-stream.ts';

/** Bytes of a slice. Contents in another order than the archive's find each other's slices when those are small. */
const SLICE = 2 * 2 ** 20;
/** Slices kept: 64 MiB. */
const MOST_SLICES = 32;
/** Slices that are streamed and thrown away rather than begin a new stream behind them, which takes as long as 5 MiB. */
const MOST_PASSED = 2;
/** Slices that follow each other and are read at once on the spot: 8 MiB cost half as much as four times two. */
const RUN = 4;

export class FileSource implements Source {
  readonly name: string;
  readonly size: number;
  readonly file: File;
  readonly #reader = new FileReaderSync();
  /** By index, the least recently used first. */
  readonly #slices = new Map<number, Uint8Array<ArrayBuffer>>();
  /** Buffers of slices that are kept no more. */
  readonly #spare: ArrayBuffer[] = [];
  #stream: BlobStream | undefined;
  /** Fulfilled when nobody reads from the stream. */
  #idle: Promise<unknown> = Promise.resolve();
  /** Index of the slice used last. */
  #last = -1;

  /** @param name what a person calls it, where the file has another name */
  constructor(file: File, name = file.name) {
    this.file = file;
    this.name = name;
    this.size = file.size;
  }

  read(offset: number, into: Uint8Array): void {
    for (let done = 0; done < into.length; ) {
      const at = offset + done;
      const index = Math.floor(at / SLICE);
      const from = at - index * SLICE;
      const piece = this.#slice(index).subarray(from, from + into.length - done);
      into.set(piece, done);
      done += piece.length;
    }
  }

  async prefetch(start: number, end: number): Promise<void> {
    const first = Math.floor(start / SLICE);
    // More than fits is read on the spot when its turn comes.
    const last = Math.min(Math.ceil(end / SLICE), first + MOST_SLICES / 2);
    let isHere = true;
    for (let index = first; index < last; index++) {
      if (this.#slices.has(index)) this.#use(index);
      else isHere = false;
    }
    if (isHere) return;
    const turn = this.#idle.then(() => this.#fetch(first, last));
    this.#idle = turn.catch(() => {});
    await turn;
  }

  async #fetch(first: number, last: number): Promise<void> {
    for (let index = first; index < last; index++) {
      if (this.#slices.has(index)) continue;
      const ahead = this.#stream ? index - this.#stream.at / SLICE : -1;
      if (!this.#stream || ahead < 0 || ahead > MOST_PASSED) {
        this.#stream?.cancel();
        this.#stream = new BlobStream(this.file, index * SLICE);
      }
      try {
        for (let at = this.#stream.at / SLICE; at <= index; at++)
          this.#keep(at, await this.#stream.read(this.#spare.pop() ?? new ArrayBuffer(SLICE)));
      } catch (error) {
        this.#stream?.cancel();
        this.#stream = undefined;
        throw this.#refusal(error);
      }
    }
  }

  #slice(index: number): Uint8Array {
    if (index !== this.#last) {
      if (this.#slices.has(index)) this.#use(index);
      else this.#readNow(index, index === this.#last + 1 ? RUN : 1);
      this.#last = index;
    }
    return this.#slices.get(index)!;
  }

  #readNow(index: number, count: number): void {
    const end = Math.min((index + count) * SLICE, this.size);
    let bytes: ArrayBuffer;
    try {
      bytes = this.#reader.readAsArrayBuffer(this.file.slice(index * SLICE, end));
    } catch (error) {
      throw this.#refusal(error);
    }
    for (let at = 0; at < bytes.byteLength; at += SLICE) {
      this.#keep(index + at / SLICE, new Uint8Array(bytes, at, Math.min(SLICE, bytes.byteLength - at)));
    }
  }

  #keep(index: number, slice: Uint8Array<ArrayBuffer>): void {
    this.#drop(index);
    this.#slices.set(index, slice);
    for (const oldest of this.#slices.keys()) {
      if (this.#slices.size <= MOST_SLICES) break;
      this.#drop(oldest);
    }
  }

  #drop(index: number): void {
    const buffer = this.#slices.get(index)?.buffer;
    this.#slices.delete(index);
    if (buffer?.byteLength === SLICE) this.#spare.push(buffer);
    if (index === this.#last) this.#last = -1;
  }

  /** Makes a slice the most recently used. */
  #use(index: number): void {
    const slice = this.#slices.get(index)!;
    this.#slices.delete(index);
    this.#slices.set(index, slice);
  }

  /** The browser refuses a File whose size or time changed since it was chosen. */
  #refusal(error: unknown): Refusal {
    const why = error instanceof Error ? error.message : String(error);
    return new Refusal('source-unreadable', { name: this.name, why });
  }
}
