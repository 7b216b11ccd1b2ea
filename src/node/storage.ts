/** Files as the engine's storage. */
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs';
import { basename } from 'node:path';
import { Refusal, type Source } from '../core/index.ts';

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
    throw unopened(path, error);
  }
}

/** Why a file that was named can't be read at all. */
export function unopened(path: string, error: unknown): Refusal {
  const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
  return new Refusal('source-unopened', { name: path, why: isMissing ? 'there is no such file' : why(error) });
}

function otherThanFile(status: Stats): string | undefined {
  if (status.isFile()) return undefined;
  if (status.isDirectory()) return 'it is a directory';
  return status.isFIFO() ? 'it is a pipe: what comes from one is read as “-”' : 'it is no regular file';
}

/** Bytes of a block device. Source: sysfs, which counts in sectors of 512 bytes whatever the device's are. */
export function deviceSize({ rdev }: Stats): number {
  const [major, minor] = [(rdev >> 8) & 0xfff, (rdev & 0xff) | ((rdev >> 12) & 0xfff00)];
  return 512 * Number(readFileSync(`/sys/dev/block/${major}:${minor}/size`, 'latin1'));
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
    this.size = status.isBlockDevice() ? deviceSize(status) : status.size;
    this.#modified = status.mtimeMs;
  }

  /** A file, or a device that an image was written to. @throws Refusal `source-unopened` */
  static ofDisk(path: string): FileSource {
    if (!statSync(path, { throwIfNoEntry: false })?.isBlockDevice()) return new FileSource(path);
    try {
      return new FileSource({ name: path, descriptor: openSync(path, 'r') });
    } catch (error) {
      throw unopened(path, error);
    }
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
export class FileBacking {
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
    throw storageRefusal(error);
  }
}

/** What writing answers, or the refusal that says why it can't be done. */
export function guarded<T>(work: Promise<T>): Promise<T> {
  return work.catch((error) => {
    throw storageRefusal(error);
  });
}

/** What was thrown where something was written, as a person is told of it. */
export function storageRefusal(error: unknown): Refusal {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') return new Refusal('storage-full', { why: why(error) });
  const reason = code === 'EFBIG' ? 'the disk holds no file of that size' : why(error);
  return new Refusal('storage-failed', { why: reason });
}
