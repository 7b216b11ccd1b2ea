/**
 * A File as the engine reads it. A synchronous read of a few KiB takes as long as one of a MiB, so the File is read in
 * aligned slices of megabytes, which are kept while memory lasts: fetched ahead where the engine can wait and says what
 * comes next, read on the spot otherwise.
 */
import { Refusal, type Source } from '../../../src/core/index.ts';

/** Bytes of a slice. Contents in another order than the archive's find each other's slices when those are small. */
const SLICE = 2 * 2 ** 20;
/** Slices kept: 96 MiB. */
const MOST_SLICES = 48;
/** Slices that follow each other and are read at once: 8 MiB cost half as much as four times two. */
const RUN = 4;
/** Slices fetched at least where reading goes forward: four reads under way at once measured fastest. */
const AHEAD = 4 * RUN;

export class FileSource implements Source {
  readonly name: string;
  readonly size: number;
  readonly #file: File;
  readonly #reader = new FileReaderSync();
  /** By index, the least recently used first. */
  readonly #slices = new Map<number, Uint8Array>();
  readonly #underWay = new Map<number, Promise<void>>();
  /** Index of the slice used last. */
  #last = -1;
  /** Where the range fetched last ended. */
  #fetched = 0;

  constructor(file: File) {
    this.#file = file;
    this.name = file.name;
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
    const isForward = start >= this.#fetched && start - this.#fetched < SLICE;
    this.#fetched = end;
    const first = Math.floor(start / SLICE);
    // More than fits is read on the spot when its turn comes.
    const last = Math.min(Math.ceil(end / SLICE), first + MOST_SLICES / 2);
    const wait: (Promise<void> | undefined)[] = [];
    for (let index = first; index < last; index++) {
      if (this.#slices.has(index)) this.#use(index);
      else if (!this.#underWay.has(index)) this.#fetch(index, isForward ? index + AHEAD : last);
      wait.push(this.#underWay.get(index));
    }
    await Promise.all(wait);
  }

  /** Starts reading what is missing from one slice to before another. */
  #fetch(from: number, to: number): void {
    const end = Math.min(to, Math.ceil(this.size / SLICE));
    const isMissing = (index: number) => index < end && !this.#slices.has(index) && !this.#underWay.has(index);
    for (let index = from; index < end; ) {
      let count = 0;
      while (count < RUN && isMissing(index + count)) count++;
      if (count > 0) this.#fetchRun(index, count);
      index += Math.max(count, 1);
    }
  }

  #fetchRun(index: number, count: number): void {
    const run = Array.from({ length: count }, (_, i) => index + i);
    const read = this.#blob(index, count)
      .arrayBuffer()
      .then((bytes) => this.#keep(index, bytes), this.#refuse);
    const done = read.finally(() => {
      for (const slice of run) this.#underWay.delete(slice);
    });
    // Fetched ahead, it may fail before anyone waits for it; who needs it then reads it again and hears of it.
    done.catch(() => {});
    for (const slice of run) this.#underWay.set(slice, done);
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
    try {
      this.#keep(index, this.#reader.readAsArrayBuffer(this.#blob(index, count)));
    } catch (error) {
      this.#refuse(error);
    }
  }

  #blob(index: number, count: number): Blob {
    return this.#file.slice(index * SLICE, Math.min((index + count) * SLICE, this.size));
  }

  /** Takes the bytes of slices that follow each other. */
  #keep(index: number, bytes: ArrayBuffer): void {
    for (let at = 0; at < bytes.byteLength; at += SLICE) {
      const slice = index + at / SLICE;
      this.#slices.delete(slice);
      this.#slices.set(slice, new Uint8Array(bytes, at, Math.min(SLICE, bytes.byteLength - at)));
    }
    for (const oldest of this.#slices.keys()) {
      if (this.#slices.size <= MOST_SLICES) break;
      this.#slices.delete(oldest);
      if (oldest === this.#last) this.#last = -1;
    }
  }

  /** Makes a slice the most recently used. */
  #use(index: number): void {
    const slice = this.#slices.get(index)!;
    this.#slices.delete(index);
    this.#slices.set(index, slice);
  }

  /** The browser refuses a File whose size or time changed since it was chosen. */
  #refuse = (error: unknown): never => {
    throw new Refusal('source-unreadable', {
      name: this.name,
      why: error instanceof Error ? error.message : String(error),
    });
  };
}
