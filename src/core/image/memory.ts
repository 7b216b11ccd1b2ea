/** A program's memory, as typed arrays that stay valid: growing it detaches those made before. */
import { type ByteString, byteString } from '../bytes.ts';

const EMPTY = new ArrayBuffer(0);

export class Memory {
  readonly #memory: () => WebAssembly.Memory;
  #bytes = new Uint8Array(EMPTY);
  #words = new Uint32Array(EMPTY);

  /** @param memory the program's memory, which exists once its module is instantiated */
  constructor(memory: () => WebAssembly.Memory) {
    this.#memory = memory;
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    if (this.#bytes.length === 0) this.#view();
    return this.#bytes;
  }

  /** Little-endian 32-bit words; a pointer's word is at `pointer >>> 2`. */
  get words(): Uint32Array<ArrayBuffer> {
    if (this.#words.length === 0) this.#view();
    return this.#words;
  }

  /** Writes a 64-bit number, an integer below 2^53. */
  setLong(pointer: number, value: number): void {
    this.words[pointer >>> 2] = value;
    this.words[(pointer >>> 2) + 1] = value / 2 ** 32;
  }

  /** The NUL-terminated string at a pointer. */
  string(pointer: number): ByteString {
    return byteString(this.bytes, pointer, this.bytes.indexOf(0, pointer));
  }

  /** Writes strings one after another, each ended by NUL, and pointers to them, ended by NULL, as C's `argv`. */
  setStrings(pointers: number, strings: number, values: readonly ByteString[]): void {
    const { bytes, words } = this;
    let at = strings;
    let word = pointers >>> 2;
    for (const value of values) {
      words[word++] = at;
      for (let i = 0; i < value.length; i++) bytes[at++] = value.charCodeAt(i);
      bytes[at++] = 0;
    }
    words[word] = 0;
  }

  #view(): void {
    this.#bytes = new Uint8Array(this.#memory().buffer);
    this.#words = new Uint32Array(this.#memory().buffer);
  }
}

/** Bytes that `setStrings` needs for the strings and for the pointers. */
export function stringsSize(values: readonly ByteString[]): { strings: number; pointers: number } {
  let strings = 0;
  for (const value of values) strings += value.length + 1;
  return { strings, pointers: 4 * (values.length + 1) };
}
