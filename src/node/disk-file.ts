/** The file in which the filesystem is made, at its place in the disk: wrapping it costs no copy. */
import { rmSync } from 'node:fs';
import {
  type BlockStore,
  type Firmware,
  filesystemOffset,
  filesystemStore,
  finishRaw,
  layDisk,
  type Options,
  type Range,
  type Raw,
  WriteBackStore,
} from '../core/index.ts';
import { FileBacking } from './storage.ts';

/** One sparse file; `createStore` gives the filesystem's part of it, `finish` writes the rest. */
export class DiskFile {
  readonly path: string;
  readonly options: Options;
  readonly #firmware: Firmware | undefined;
  #backing: FileBacking | undefined;
  #whole: WriteBackStore | undefined;

  constructor(path: string, options: Options, firmware?: Firmware) {
    this.path = path;
    this.options = options;
    this.#firmware = firmware;
  }

  /**
   * A store for a filesystem of `size` bytes. Can be called again: what was made before is forgotten.
   * @throws Refusal `disk-too-large`
   */
  createStore(size: number): BlockStore {
    // Refuses what can't be described before it is made.
    layDisk(this.options, size, this.#firmware);
    if (this.#backing) {
      this.close();
      rmSync(this.path, { force: true });
    }
    const bytes = filesystemOffset(this.options, this.#firmware) + size;
    this.#backing = new FileBacking(this.path, bytes);
    this.#whole = new WriteBackStore(this.#backing, bytes);
    return filesystemStore(this.#whole, this.options, this.#firmware);
  }

  /** Writes what lies around the filesystem. */
  finish(used: readonly Range[] | undefined): Raw {
    return finishRaw(this.#whole!, this.options, this.#firmware, used);
  }

  /** Nothing can be read or written any more. */
  close(): void {
    this.#backing?.close();
    this.#backing = undefined;
  }
}
