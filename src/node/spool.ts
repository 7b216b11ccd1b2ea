/** Where a compressed archive, or standard input, is put to be read at any offset: a file that has no name. */
import { closeSync, createReadStream, fstatSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { isatty } from 'node:tty';
import { Refusal, type Spool } from '../core/index.ts';
import { FileSource, guard, writeAllSync } from './storage.ts';

const STANDARD_INPUT = 0;
const READ = 2 ** 20;

let made = 0;

export class FileSpool implements Spool {
  readonly #name: string;
  readonly #descriptor: number;
  #size = 0;
  #isOpen = true;

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

  async discard(): Promise<void> {
    this.close();
  }

  /** The same, at once. */
  close(): void {
    if (this.#isOpen) closeSync(this.#descriptor);
    this.#isOpen = false;
  }
}

/** All of standard input, as it comes. @throws Refusal `source-unopened`, `source-unreadable`, `storage-*` */
export async function readStandardInput(beside: string): Promise<FileSource> {
  const name = 'Standard input';
  if (isatty(STANDARD_INPUT)) throw new Refusal('source-unopened', { name, why: 'it is a terminal' });
  const spool = new FileSpool(name, beside);
  const chunks = openStandardInput()[Symbol.asyncIterator]();
  for (;;) {
    const { value, done } = await chunks.next().catch((error: Error) => {
      throw new Refusal('source-unreadable', { name, why: error.message });
    });
    if (done) return spool.finish();
    spool.append(value);
  }
}

/** Waiting for a pipe blocks no thread: signals are heard meanwhile. */
function openStandardInput(): AsyncIterable<Uint8Array> {
  const status = fstatSync(STANDARD_INPUT);
  if (status.isFIFO() || status.isSocket()) return new Socket({ fd: STANDARD_INPUT, writable: false });
  return createReadStream('', { fd: STANDARD_INPUT, autoClose: false, highWaterMark: READ });
}
