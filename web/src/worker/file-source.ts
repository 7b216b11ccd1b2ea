/**
 * A File as the engine reads it. A synchronous read of a few KiB takes as long as one of a MiB, so there are windows
 * of megabytes: fetched ahead between commands where the engine says what comes next, read on the spot otherwise.
 */
import { Refusal, type Source } from '../../../src/core/index.ts';

/** Bytes of a window that is read on the spot, when reads go forward. */
const WINDOW = 32 * 2 ** 20;
/** Bytes of a window when they jump. */
const JUMP_WINDOW = 2 ** 20;
/** Bytes of one asynchronous read, and how many are under way at once: what measured fastest. */
const SLICE = 8 * 2 ** 20;
const SLICES = 4;

interface Window {
  readonly start: number;
  readonly bytes: Uint8Array;
}

export class FileSource implements Source {
  readonly name: string;
  readonly size: number;
  readonly #file: File;
  readonly #reader = new FileReaderSync();
  #windows: Window[] = [];
  #next = 0;

  constructor(file: File) {
    this.#file = file;
    this.name = file.name;
    this.size = file.size;
  }

  read(offset: number, into: Uint8Array): void {
    for (let done = 0; done < into.length; ) {
      const at = offset + done;
      const { start, bytes } = this.#windowAt(at, into.length - done);
      const piece = bytes.subarray(at - start, at - start + into.length - done);
      into.set(piece, done);
      done += piece.length;
    }
    this.#next = offset + into.length;
  }

  async prefetch(start: number, end: number): Promise<void> {
    const holds = ({ start: from, bytes }: Window, at: number) => at >= from && at < from + bytes.length;
    const kept = this.#windows.filter((window) => window.start < end && window.start + window.bytes.length > start);
    const wanted: number[] = [];
    // More than fits into memory is read on the spot when its turn comes.
    for (let at = start; at < Math.min(end, start + SLICE * SLICES * 2); ) {
      const held = kept.find((window) => holds(window, at));
      if (held) at = held.start + held.bytes.length;
      else {
        wanted.push(at);
        at += SLICE;
      }
    }
    this.#windows = kept;
    for (let i = 0; i < wanted.length; i += SLICES) {
      const slices = wanted.slice(i, i + SLICES).map(async (at): Promise<Window> => {
        const slice = this.#file.slice(at, Math.min(at + SLICE, this.size));
        return { start: at, bytes: new Uint8Array(await slice.arrayBuffer().catch(this.#refuse)) };
      });
      this.#windows.push(...(await Promise.all(slices)));
    }
  }

  #windowAt(at: number, length: number): Window {
    const held = this.#windows.find(({ start, bytes }) => at >= start && at < start + bytes.length);
    if (held) return held;
    const size = at === this.#next ? WINDOW : Math.max(JUMP_WINDOW, Math.min(length, WINDOW));
    const bytes = new Uint8Array(this.#readSync(at, Math.min(at + size, this.size)));
    const window = { start: at, bytes };
    this.#windows = [window];
    return window;
  }

  #readSync(start: number, end: number): ArrayBuffer {
    try {
      return this.#reader.readAsArrayBuffer(this.#file.slice(start, end));
    } catch (error) {
      return this.#refuse(error);
    }
  }

  /** The browser refuses a File whose size or time changed since it was chosen. */
  #refuse = (error: unknown): never => {
    throw new Refusal('source-unreadable', {
      name: this.name,
      why: error instanceof Error ? error.message : String(error),
    });
  };
}
