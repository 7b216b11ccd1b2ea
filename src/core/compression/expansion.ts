/** One way through a compressed source, front to back, and places on it from which another can go on. */
import { byteString } from '../bytes.ts';
import { Refusal } from '../errors.ts';
import type { CompiledModule } from '../module.ts';
import { readStart, type Source } from '../storage/index.ts';
import { Codec, CodecError, type CodecName, type CodecState } from './codec.ts';

interface Format {
  readonly name: string;
  /** How it begins: RFC 1952, RFC 8878, xz' and lz4's format, bzip2's source (a block, or the end of an empty stream). */
  readonly begins: readonly string[];
  readonly codec: CodecName;
}

const ZSTD: Format = { name: 'zstd', begins: ['\x28\xb5\x2f\xfd'], codec: 'unzstd' };

const BZIP2 = [...'123456789'].flatMap((level) => [`BZh${level}1AY&SY`, `BZh${level}\x17rE8P\x90`]);

const FORMATS: readonly Format[] = [
  { name: 'gzip', begins: ['\x1f\x8b'], codec: 'gunzip' },
  ZSTD,
  { name: 'xz', begins: ['\xfd7zXZ\0'], codec: 'unxz' },
  { name: 'bzip2', begins: BZIP2, codec: 'bunzip2' },
  { name: 'lz4', begins: ['\x04\x22\x4d\x18'], codec: 'unlz4' },
];

/** A frame that is to be skipped, of zstd or lz4: RFC 8878, 3.1.2. Four bytes of its length follow. */
const SKIPPED = Array.from({ length: 16 }, (_, low) => `${String.fromCharCode(0x50 + low)}\x2a\x4d\x18`);
const SKIPPED_HEAD = 8;

/** What a tar has there, which may have a name that begins like any of these. */
const TAR_MAGIC = { at: 257, text: 'ustar' };

/** Bytes that tell the format. */
const HEAD = 262;
/** Compressed bytes read at once. */
const READ = 2 ** 20;
const NOTHING = new Uint8Array();

/** Whether a source begins like one of the formats, and is no tar. */
export const isCompressed = (source: Source): boolean => formatOf(source) !== undefined;

/** The name of the format. */
export const compressionOf = (source: Source): string | undefined => formatOf(source)?.name;

function formatOf(source: Source): Format | undefined {
  let head = readStart(source, HEAD);
  if (byteString(head).startsWith(TAR_MAGIC.text, TAR_MAGIC.at)) return undefined;
  for (let at = 0; beginsWith(head, SKIPPED); ) {
    at += SKIPPED_HEAD + (head.length < SKIPPED_HEAD ? 0 : new DataView(head.buffer).getUint32(4, true));
    if (at + SKIPPED_HEAD > source.size) return ZSTD;
    head = new Uint8Array(Math.min(HEAD, source.size - at));
    source.read(at, head);
  }
  return FORMATS.find(({ begins }) => beginsWith(head, begins));
}

function beginsWith(head: Uint8Array, beginnings: readonly string[]): boolean {
  const text = byteString(head);
  return beginnings.some((beginning) => text.startsWith(beginning));
}

/** Where an expansion was. */
export interface Milestone {
  /** Bytes read and bytes made until then. */
  readonly read: number;
  readonly made: number;
  readonly state: CodecState;
}

/** One way through. */
export class Expansion {
  /** Bytes made. */
  made: number;
  readonly #source: Source;
  readonly #format: Format;
  readonly #codec: Codec;
  readonly #buffer: Uint8Array;
  #read: number;
  /** What comes of the bytes that were read last. */
  #pieces: Generator<Uint8Array> | undefined;

  /**
   * @param source one that `isCompressed`
   * @param from begins at the source's start without
   */
  constructor(source: Source, codecs: CompiledModule, from?: Milestone) {
    this.#source = source;
    this.#format = formatOf(source)!;
    this.#codec = new Codec(codecs, this.#format.codec, 0, from?.state);
    this.#buffer = new Uint8Array(Math.min(READ, source.size));
    this.#read = from?.read ?? 0;
    this.made = from?.made ?? 0;
  }

  /** The format's name. */
  get format(): string {
    return this.#format.name;
  }

  /** Compressed bytes that were read. */
  get read(): number {
    return this.#read;
  }

  /** To be called where waiting is possible: fetches what the next call of `next` reads. */
  async prefetch(): Promise<void> {
    if (!this.#pieces) await this.#source.prefetch?.(this.#read, Math.min(this.#read + READ, this.#source.size));
  }

  /**
   * The next bytes, which are valid until the next call; none where more has to be read first, `undefined` at the end.
   * @throws Refusal `compressed-damaged`, `compressed-truncated`, `source-unreadable`
   */
  next(): Uint8Array | undefined {
    const { name, size } = this.#source;
    const { format } = this;
    if (!this.#pieces && this.#read === size) {
      if (this.#codec.isBetween) return undefined;
      throw new Refusal('compressed-truncated', { name, format, offset: size });
    }
    this.#pieces ??= this.#expandNext();
    try {
      const { value, done } = this.#pieces.next();
      if (done) this.#pieces = undefined;
      this.made += value?.length ?? 0;
      return value ?? NOTHING;
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      throw new Refusal('compressed-damaged', { name, format, offset: this.#codec.taken, why: error.message });
    }
  }

  /** Where it is, for another to go on from there; `undefined` while there is more of what was read. */
  milestone(): Milestone | undefined {
    if (this.#pieces) return undefined;
    return { read: this.#read, made: this.made, state: this.#codec.state() };
  }

  *#expandNext(): Generator<Uint8Array, undefined> {
    const part = this.#buffer.subarray(0, this.#source.size - this.#read);
    this.#source.read(this.#read, part);
    this.#read += part.length;
    yield* this.#codec.push(part);
    if (this.#read === this.#source.size) yield* this.#codec.end();
  }
}
