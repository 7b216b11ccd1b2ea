/** One compressed stream, in or out, by the distributor's libraries as WebAssembly (wasm/codecs/). */
import type { CompiledModule } from '../module.ts';

/** The order of wasm/codecs/codecs.c. */
const CODECS = ['gunzip', 'unzstd', 'unxz', 'bunzip2', 'unlz4', 'gzip', 'zstd'] as const;
export type CodecName = (typeof CODECS)[number];

/** What `codec_step` returns; FAILED is any other. */
const MORE = 0;
const BETWEEN = 1;

/** Bytes of input given at once (`INPUT_ROOM`). */
const INPUT_ROOM = 128 * 1024;

interface Exports {
  readonly memory: WebAssembly.Memory;
  _initialize(): void;
  codec_input_room(): number;
  codec_output_room(): number;
  codec_begin(codec: number, level: number): number;
  codec_step(from: number, to: number, finish: number): number;
  codec_zeros_taken(): number;
  codec_zeros(): number;
  codec_taken(): number;
  codec_made(): number;
  codec_why(): number;
}

/** A stream that can't go on. */
export class CodecError extends Error {
  override readonly name = 'CodecError';
}

/** A codec between two pieces of input: all that it knows is in its memory. */
export interface CodecState {
  readonly memory: Uint8Array<ArrayBuffer>;
  readonly taken: number;
  readonly status: number;
}

const PAGE = 2 ** 16;

/** One stream through one of the libraries in wasm/codecs: bytes in, bytes out, nothing kept but its state. */
export class Codec {
  readonly #exports: Exports;
  readonly #input: number;
  readonly #output: number;
  #memory = new Uint8Array(0);
  #status = MORE;
  /** Bytes of input that were used. */
  taken = 0;

  /**
   * @param level a compressor's, as its native program counts
   * @param from the state of another of the same name, to go on from
   */
  constructor(module: CompiledModule, codec: CodecName, level = 0, from?: CodecState) {
    const imports: Record<string, Record<string, () => number>> = {};
    // None of them is called on the way of any stream.
    for (const { module: from, name } of WebAssembly.Module.imports(module)) {
      imports[from] ??= {};
      imports[from][name] = () => 0;
    }
    this.#exports = new WebAssembly.Instance(module, imports).exports as unknown as Exports;
    this.#exports._initialize();
    this.#input = this.#exports.codec_input_room();
    this.#output = this.#exports.codec_output_room();
    if (from) {
      const { memory } = this.#exports;
      memory.grow((from.memory.length - memory.buffer.byteLength) / PAGE);
      this.#bytes().set(from.memory);
      this.taken = from.taken;
      this.#status = from.status;
    } else if (!this.#exports.codec_begin(CODECS.indexOf(codec), level))
      throw new CodecError('there is too little memory');
  }

  /** To be asked for when all that came of the input was taken. */
  state(): CodecState {
    return { memory: this.#bytes().slice(), taken: this.taken, status: this.#status };
  }

  /** Whether the stream could end where it is: between gzip's members, zstd's frames, xz' streams. */
  get isBetween(): boolean {
    return this.#status === BETWEEN;
  }

  /**
   * Takes input; yields output as it comes. A piece is valid until the next one is asked for.
   * @throws CodecError with the library's own words
   */
  *push(bytes: Uint8Array): Generator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += INPUT_ROOM) {
      const part = bytes.subarray(at, at + INPUT_ROOM);
      this.#bytes().set(part, this.#input);
      yield* this.#run(part.length, false);
    }
  }

  /**
   * Takes zeros, as many as `bytes` has, which has nothing else. Where the format has a quick way for this many, more
   * comes out than of `push`.
   * @throws CodecError with the library's own words
   */
  *pushZeros(bytes: Uint8Array): Generator<Uint8Array> {
    const exports = this.#exports;
    if (bytes.length !== exports.codec_zeros_taken()) return yield* this.push(bytes);
    this.#status = exports.codec_zeros();
    if (this.#status !== MORE) throw new CodecError(this.#text(exports.codec_why()));
    yield this.#bytes().subarray(this.#output, this.#output + exports.codec_made());
  }

  /** Says that the input has ended; yields what is left. Whether it ended well, `isBetween` tells. */
  *end(): Generator<Uint8Array> {
    yield* this.#run(0, true);
  }

  *#run(length: number, isLast: boolean): Generator<Uint8Array> {
    const exports = this.#exports;
    for (let from = 0; ; ) {
      this.#status = this.#step(from, length, isLast);
      const to = exports.codec_taken();
      const made = exports.codec_made();
      this.taken += to - from;
      if (this.#status !== MORE && this.#status !== BETWEEN) throw new CodecError(this.#text(exports.codec_why()));
      if (made > 0) yield this.#bytes().subarray(this.#output, this.#output + made);
      else if (to === from && (isLast || to === length)) return;
      else if (to === from) throw new CodecError('it makes no progress');
      from = to;
      if (isLast && this.#status === BETWEEN) return;
    }
  }

  #step(from: number, to: number, isLast: boolean): number {
    try {
      return this.#exports.codec_step(from, to, Number(isLast));
    } catch (error) {
      // A library that finds itself in a state that can't be stops.
      if (error instanceof Error && error.name === 'RuntimeError') throw new CodecError(error.message);
      throw error;
    }
  }

  /** Memory that grows is another. */
  #bytes(): Uint8Array {
    const { buffer } = this.#exports.memory;
    if (this.#memory.buffer !== buffer) this.#memory = new Uint8Array(buffer);
    return this.#memory;
  }

  #text(at: number): string {
    const bytes = this.#bytes();
    return String.fromCharCode(...bytes.subarray(at, bytes.indexOf(0, at)));
  }
}
