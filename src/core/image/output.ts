/** What a program says on stdout and stderr, in order. */
import { type ByteString, byteString } from '../bytes.ts';

export class Output {
  #bytes = new Uint8Array(4096);
  #length = 0;

  /** Returns how many bytes were taken: all. */
  append(bytes: Uint8Array): number {
    if (this.#length + bytes.length > this.#bytes.length) {
      const larger = new Uint8Array(2 * (this.#length + bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return bytes.length;
  }

  /** Everything said since the last time. */
  take(): ByteString {
    if (this.#length === 0) return '';
    const text = byteString(this.#bytes, 0, this.#length);
    this.#length = 0;
    return text;
  }
}
