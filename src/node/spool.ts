/** Where a compressed archive, or standard input, is put to be read at any offset: a file that has no name. */
import { openSync, readSync, rmSync } from 'node:fs';
import { Refusal, type Spool } from '../core/index.ts';
import { FileSource, guard, writeAllSync } from './storage.ts';

const STANDARD_INPUT = 0;
const READ = 2 ** 20;
/** Milliseconds between two looks at an input that has nothing at the moment. */
const PAUSE = 10;

let made = 0;

export class FileSpool implements Spool {
  readonly #name: string;
  readonly #descriptor: number;
  #size = 0;

  /** @param beside a file's path, which gets an ending of the spool's */
  constructor(name: string, beside: string) {
    this.#name = name;
    const path = `${beside}.${made++}`;
    this.#descriptor = guard(() => openSync(path, 'wx+', 0o600));
    // However this process ends, nothing is left behind.
    rmSync(path);
  }

  append(bytes: Uint8Array): void {
    writeAllSync(this.#descriptor, this.#size, bytes);
    this.#size += bytes.length;
  }

  async finish(): Promise<FileSource> {
    return new FileSource({ name: this.#name, descriptor: this.#descriptor });
  }
}

/** All of standard input, as it comes. @throws Refusal `source-unreadable`, `storage-*` */
export async function readStandardInput(beside: string): Promise<FileSource> {
  const name = 'Standard input';
  const spool = new FileSpool(name, beside);
  const buffer = new Uint8Array(READ);
  for (;;) {
    let count: number;
    try {
      count = readSync(STANDARD_INPUT, buffer);
    } catch (error) {
      // Another process may have made it non-blocking.
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') {
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
        continue;
      }
      throw new Refusal('source-unreadable', { name, why: (error as Error).message });
    }
    if (count === 0) return spool.finish();
    spool.append(buffer.subarray(0, count));
  }
}
