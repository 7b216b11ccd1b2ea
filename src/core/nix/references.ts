/**
 * Finds references as Nix finds them: the 32-character hash part of a store path, standing anywhere in a NAR.
 * Source: Nix, src/libstore/references.cc.
 */
import { type ByteString, byteString } from '../bytes.ts';
import { STORE } from './store-path.ts';

/** Characters of a hash part. */
export const HASH_LENGTH = 32;
/** What stands before a hash part in a full store path, and the dash after it. */
const BEFORE = `${STORE}/`;
/** Bytes kept from one chunk for the next: a whole store path prefix, hash and dash but one byte. */
const OVERLAP = BEFORE.length + HASH_LENGTH;

const IS_BASE32 = new Uint8Array(256);
for (const char of '0123456789abcdfghijklmnpqrsvwxyz') IS_BASE32[char.charCodeAt(0)] = 1;

/** Hash parts begin with 3 of 32 characters each: a table of the 2^15 beginnings spares most look-ups. */
const beginning = (a: number, b: number, c: number) => ((a & 31) << 10) | ((b & 31) << 5) | (c & 31);

/** What stands in a stream: hash parts → the place (see `update`) where each was first found. */
export interface References {
  /** Those looked for. */
  readonly found: ReadonlyMap<ByteString, number>;
  /** Others, that stand in a `/nix/store/<hash>-`. */
  readonly foreign: ReadonlyMap<ByteString, number>;
}

/** Searches streams of bytes, one after another, for hash parts. They come in chunks, whose borders don't matter. */
export class ReferenceScanner {
  readonly #wanted: ReadonlySet<ByteString>;
  readonly #beginnings = new Uint8Array(1 << 15);
  readonly #tail = new Uint8Array(2 * OVERLAP);
  #tailLength = 0;
  #found = new Map<ByteString, number>();
  #foreign = new Map<ByteString, number>();

  /** @param wanted the hash parts to look for */
  constructor(wanted: ReadonlySet<ByteString>) {
    this.#wanted = wanted;
    for (const hash of wanted) {
      this.#beginnings[beginning(hash.charCodeAt(0), hash.charCodeAt(1), hash.charCodeAt(2))] = 1;
    }
  }

  /**
   * Takes the stream's next bytes.
   * @param place whatever names the part of the stream that they belong to
   */
  update(bytes: Uint8Array, place: number): void {
    const head = bytes.subarray(0, OVERLAP);
    this.#tail.set(head, this.#tailLength);
    const joined = this.#tail.subarray(0, this.#tailLength + head.length);
    this.#search(joined, place);
    if (bytes.length > OVERLAP) this.#search(bytes, place);
    const rest = bytes.length >= OVERLAP ? bytes : joined;
    const from = Math.max(0, rest.length - OVERLAP);
    this.#tailLength = rest.length - from;
    this.#tail.set(rest.slice(from));
  }

  /** Ends the stream; what comes then is the next. */
  finish(): References {
    const references = { found: this.#found, foreign: this.#foreign };
    this.#tailLength = 0;
    this.#found = new Map();
    this.#foreign = new Map();
    return references;
  }

  /** Looks at a window's last byte first: a byte that is in no hash rules out all windows that contain it. */
  #search(bytes: Uint8Array, place: number): void {
    const end = bytes.length - HASH_LENGTH;
    const beginnings = this.#beginnings;
    for (let at = 0; at <= end; ) {
      let back = HASH_LENGTH - 1;
      while (back >= 0 && IS_BASE32[bytes[at + back]!] === 1) back--;
      if (back >= 0) {
        at += back + 1;
        continue;
      }
      if (beginnings[beginning(bytes[at]!, bytes[at + 1]!, bytes[at + 2]!)] === 1) {
        const hash = byteString(bytes, at, at + HASH_LENGTH);
        if (this.#wanted.has(hash) && !this.#found.has(hash)) this.#found.set(hash, place);
      }
      if (bytes[at + HASH_LENGTH] === 0x2d && bytes[at - 1] === 0x2f) this.#takeForeign(bytes, at, place);
      at++;
    }
  }

  #takeForeign(bytes: Uint8Array, at: number, place: number): void {
    if (at < BEFORE.length || byteString(bytes, at - BEFORE.length, at) !== BEFORE) return;
    const hash = byteString(bytes, at, at + HASH_LENGTH);
    if (!this.#wanted.has(hash) && !this.#foreign.has(hash)) this.#foreign.set(hash, place);
  }
}
