import type { BlockStore } from './index.ts';

/** Part of another store, from an offset on: a filesystem inside a disk. Growing and shrinking move the other's end. */
export class OffsetStore implements BlockStore {
  readonly #whole: BlockStore;
  readonly #start: number;
  size: number;

  /** @param whole begins with `start` bytes of others, and ends with this store */
  constructor(whole: BlockStore, start: number) {
    this.#whole = whole;
    this.#start = start;
    this.size = whole.size - start;
  }

  read(offset: number, into: Uint8Array): void {
    this.#whole.read(this.#start + offset, into);
  }

  write(offset: number, from: Uint8Array): void {
    this.#whole.write(this.#start + offset, from);
  }

  zero(offset: number, length: number): void {
    this.#whole.zero(this.#start + offset, length);
  }

  resize(size: number): void {
    this.#whole.resize(this.#start + size);
    this.size = size;
  }

  flush(): void {
    this.#whole.flush();
  }
}
