/** Files as the engine's storage. */
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { basename } from 'node:path';
import { type BlockStore, Refusal, type Source } from '../core/index.ts';

const why = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** An archive on disk, read in place. */
export class FileSource implements Source {
  readonly name: string;
  readonly size: number;
  readonly #descriptor: number;
  readonly #modified: number;

  /** @throws Refusal `source-unreadable` */
  constructor(path: string) {
    this.name = basename(path);
    try {
      this.#descriptor = openSync(path, 'r');
      const status = fstatSync(this.#descriptor);
      if (!status.isFile()) throw new Error('it is no regular file');
      this.size = status.size;
      this.#modified = status.mtimeMs;
    } catch (error) {
      throw new Refusal('source-unreadable', { name: path, why: why(error) });
    }
  }

  read(offset: number, into: Uint8Array): void {
    for (let done = 0; done < into.length; ) {
      let count: number;
      try {
        count = readSync(this.#descriptor, into, done, into.length - done, offset + done);
      } catch (error) {
        throw new Refusal('source-unreadable', { name: this.name, why: why(error) });
      }
      if (count === 0) throw new Refusal('source-unreadable', { name: this.name, why: 'it became shorter' });
      done += count;
    }
  }

  /** @throws Refusal `source-unreadable` when the file was written to since it was opened */
  assertUnchanged(): void {
    const { size, mtimeMs } = fstatSync(this.#descriptor);
    if (size !== this.size || mtimeMs !== this.#modified) {
      throw new Refusal('source-unreadable', { name: this.name, why: 'it was changed meanwhile' });
    }
  }
}

/** Granule in which the store remembers what was written. */
const GRANULE = 4096;

/** A sparse file. Zeroed ranges that were never written stay holes. */
export class FileStore implements BlockStore {
  size: number;
  readonly #descriptor: number;
  #written: Uint8Array;

  /** Makes a new file; fails when there is one. */
  constructor(path: string, size: number) {
    this.size = size;
    this.#descriptor = this.#guard(() => openSync(path, 'wx+'));
    this.#guard(() => ftruncateSync(this.#descriptor, size));
    this.#written = new Uint8Array(Math.ceil(size / GRANULE));
  }

  read(offset: number, into: Uint8Array): void {
    for (let done = 0; done < into.length; ) {
      const count = this.#guard(() => readSync(this.#descriptor, into, done, into.length - done, offset + done));
      if (count === 0) throw new Refusal('storage-failed', { why: 'the file became shorter' });
      done += count;
    }
  }

  write(offset: number, from: Uint8Array): void {
    for (let done = 0; done < from.length; ) {
      done += this.#guard(() => writeSync(this.#descriptor, from, done, from.length - done, offset + done));
    }
    this.#written.fill(1, Math.floor(offset / GRANULE), Math.ceil((offset + from.length) / GRANULE));
  }

  zero(offset: number, length: number): void {
    const zeros = new Uint8Array(GRANULE);
    const end = offset + length;
    for (let index = Math.floor(offset / GRANULE); index * GRANULE < end; index++) {
      if (!this.#written[index]) continue;
      const from = Math.max(offset, index * GRANULE);
      this.write(from, zeros.subarray(0, Math.min(end, (index + 1) * GRANULE) - from));
    }
  }

  resize(size: number): void {
    this.#guard(() => ftruncateSync(this.#descriptor, size));
    const written = new Uint8Array(Math.ceil(size / GRANULE));
    written.set(this.#written.subarray(0, written.length));
    this.#written = written;
    this.size = size;
  }

  flush(): void {}

  close(): void {
    closeSync(this.#descriptor);
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      const full = error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
      throw new Refusal(full ? 'storage-full' : 'storage-failed', { why: why(error) });
    }
  }
}
