/**
 * A File as the engine reads it. A synchronous read of a few KiB takes as long as one of a MiB, so the File is read in
 * aligned slices of megabytes, which are kept while memory lasts: streamed where the engine can wait and says what comes
 * next, read on the spot otherwise.
 */
import { Refusal, type Source } from '../../../src/core/index.ts';
import { BlobStream } from './blob-stream.ts';

/** Bytes of a slice. Contents in another order than the archive's find each other's slices when those are small. */
const SLICE = 2 * 2 ** 20;
/** Slices kept: 40 MiB. */
const MOST_SLICES = 20;
/** Slices that are streamed and thrown away rather than begin a new stream behind them, which takes as long as 5 MiB. */
const MOST_PASSED = 2;
/** Slices that follow each other and are read at once on the spot: 8 MiB take 50 ms, 32 MiB 78. */
const RUN = 8;

/** Buffers that are sent there give their memory back at once: hundreds of MiB pile up before they are collected. */
const nowhere = toNowhere();

function toNowhere(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port2.close();
  return port1;
}

type Slice = Uint8Array<ArrayBuffer>;

export class FileSource implements Source {
  readonly name: string;
  readonly size: number;
  readonly blob: Blob;
  /** Its name in OPFS, where the page has put it there. */
  readonly scratch: string | undefined;
  readonly #reader = new FileReaderSync();
  /** By index, the least recently used first. */
  readonly #slices = new Map<number, Slice>();
  /** Buffers of slices that are kept no more. */
  readonly #spare: ArrayBuffer[] = [];
  #stream: BlobStream | undefined;
  /** Fulfilled when nobody reads from the stream. */
  #idle: Promise<unknown> = Promise.resolve();
  /** Index of the slice used last. */
  #last = -1;

  /** @param name what a person calls it; of a File, its own name */
  constructor(blob: Blob, name = (blob as File).name, scratch?: string) {
    this.blob = blob;
    this.name = name;
    this.scratch = scratch;
    this.size = blob.size;
  }

  /** Takes a slice in, the most recently used. */
  #keep(index: number, slice: Slice): void {
    this.#slices.set(index, slice);
    for (const [oldest, { buffer }] of this.#slices) {
      if (this.#slices.size <= MOST_SLICES) break;
      this.#slices.delete(oldest);
      if (oldest === this.#last) this.#last = -1;
      if (buffer.byteLength === SLICE) this.#spare.push(buffer);
    }
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
    const last = Math.min(Math.ceil(end / SLICE), first + MOST_SLICES - RUN);
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
        this.#stream = new BlobStream(this.blob, index * SLICE);
      }
      try {
        for (let at = this.#stream.at / SLICE; at <= index; at++)
          this.#keep(at, await this.#stream.read(this.#buffer()));
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
      bytes = this.#reader.readAsArrayBuffer(this.blob.slice(index * SLICE, end));
    } catch (error) {
      throw this.#refusal(error);
    }
    for (let at = 0; at < bytes.byteLength; at += SLICE) {
      const slice = new Uint8Array(this.#buffer(), 0, Math.min(SLICE, bytes.byteLength - at));
      slice.set(new Uint8Array(bytes, at, slice.length));
      this.#keep(index + at / SLICE, slice);
    }
    nowhere.postMessage(null, [bytes]);
  }

  #buffer(): ArrayBuffer {
    return this.#spare.pop() ?? new ArrayBuffer(SLICE);
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
