/** The machine's files as block stores, so that a program under test reads and writes them in place. */
import { execFileSync } from 'node:child_process';
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import type { BlockStore } from '../../src/core/storage/index.ts';

/** Punching a hole costs a program call: less than writing this many zeros. */
const HOLE = 2 ** 18;

export class HostFile implements BlockStore {
  readonly #path: string;
  readonly #descriptor: number;

  /** @throws NodeJS.ErrnoException */
  constructor(path: string, flags: string | number) {
    this.#path = path;
    this.#descriptor = openSync(path, flags, 0o666);
    if (!fstatSync(this.#descriptor).isFile()) throw new Error(`${path} is no regular file`);
  }

  get size(): number {
    return fstatSync(this.#descriptor).size;
  }

  read(offset: number, into: Uint8Array): void {
    for (let done = 0; done < into.length; ) {
      done += readSync(this.#descriptor, into, done, into.length - done, offset + done);
    }
  }

  write(offset: number, from: Uint8Array): void {
    for (let done = 0; done < from.length; ) {
      done += writeSync(this.#descriptor, from, done, from.length - done, offset + done);
    }
  }

  zero(offset: number, length: number): void {
    if (length < HOLE) this.write(offset, new Uint8Array(length));
    else execFileSync('fallocate', ['--punch-hole', '--offset', `${offset}`, '--length', `${length}`, this.#path]);
  }

  resize(size: number): void {
    ftruncateSync(this.#descriptor, size);
  }

  flush(): void {}

  close(): void {
    closeSync(this.#descriptor);
  }
}
