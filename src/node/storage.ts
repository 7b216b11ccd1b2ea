/** Files as the engine's storage. */
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, type Stats, statSync, writeSync } from 'node:fs';
import { basename } from 'node:path';
import { type Backing, Refusal, type Source } from '../core/index.ts';

const why = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** An open file, which any thread of the process can read. */
export interface OpenFile {
  /** For messages. */
  readonly name: string;
  readonly descriptor: number;
}

/** Opens a file to be read. @throws Refusal `source-unopened` */
export function openRegular(path: string): number {
  try {
    // A FIFO that nobody writes to would be waited for, and no signal be heard meanwhile.
    const what = otherThanFile(statSync(path));
    if (what) throw new Error(what);
    return openSync(path, 'r');
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new Refusal('source-unopened', { name: path, why: isMissing ? 'there is no such file' : why(error) });
  }
}

function otherThanFile(status: Stats): string | undefined {
  if (status.isFile()) return undefined;
  if (status.isDirectory()) return 'it is a directory';
  return status.isFIFO() ? 'it is a pipe: what comes from one is read as “-”' : 'it is no regular file';
}

/** An archive on disk, read in place. */
export class FileSource implements Source, OpenFile {
  readonly name: string;
  readonly size: number;
  readonly descriptor: number;
  readonly #modified: number;

  /** @throws Refusal `source-unopened` */
  constructor(file: string | OpenFile) {
    this.descriptor = typeof file === 'string' ? openRegular(file) : file.descriptor;
    this.name = basename(typeof file === 'string' ? file : file.name);
    const status = fstatSync(this.descriptor);
    this.size = status.size;
    this.#modified = status.mtimeMs;
  }

  read(offset: number, into: Uint8Array): void {
    for (let done = 0; done < into.length; ) {
      let count: number;
      try {
        count = readSync(this.descriptor, into, done, into.length - done, offset + done);
      } catch (error) {
        throw new Refusal('source-unreadable', { name: this.name, why: why(error) });
      }
      if (count === 0) throw new Refusal('source-unreadable', { name: this.name, why: 'it became shorter' });
      done += count;
    }
  }

  /** Nothing can be read any more. */
  close(): void {
    closeSync(this.descriptor);
  }

  /** @throws Refusal `source-unreadable` when the file was written to since it was opened */
  assertUnchanged(): void {
    const { size, mtimeMs } = fstatSync(this.descriptor);
    if (size !== this.size || mtimeMs !== this.#modified) {
      throw new Refusal('source-unreadable', { name: this.name, why: 'it was changed meanwhile' });
    }
  }
}

/** A sparse file: what was never written stays a hole. */
export class FileBacking implements Backing {
  readonly #descriptor: number;

  /** Makes a new file; fails when there is one. */
  constructor(path: string, size: number) {
    this.#descriptor = guard(() => openSync(path, 'wx+'));
    this.resize(size);
  }

  read(offset: number, into: Uint8Array): void {
    for (let done = 0; done < into.length; ) {
      const count = guard(() => readSync(this.#descriptor, into, done, into.length - done, offset + done));
      if (count === 0) throw new Refusal('storage-failed', { why: 'the file became shorter' });
      done += count;
    }
  }

  write(offset: number, from: Uint8Array): void {
    writeAllSync(this.#descriptor, offset, from);
  }

  resize(size: number): void {
    guard(() => ftruncateSync(this.#descriptor, size));
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

/** Writes all of `bytes` at an offset. @throws Refusal `storage-full`, `storage-failed` */
export function writeAllSync(descriptor: number, offset: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) {
    done += guard(() => writeSync(descriptor, bytes, done, bytes.length - done, offset + done));
  }
}

/** What a write that fails is called. @throws Refusal `storage-full`, `storage-failed` */
export function guard<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw refusal(error);
  }
}

/** What writing answers, or the refusal that says why it can't be done. */
export function guarded<T>(work: Promise<T>): Promise<T> {
  return work.catch((error) => {
    throw refusal(error);
  });
}

function refusal(error: unknown): Refusal {
  const full = error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
  return new Refusal(full ? 'storage-full' : 'storage-failed', { why: why(error) });
}
