/** One pass over the finished bytes: hashed, mapped, compressed, handed on. */
import { fromText, toBytes, toHex } from '../bytes.ts';
import type { Codec } from '../compression/index.ts';
import type { Hasher } from '../nix/index.ts';
import { isZeros, type Range } from '../storage/index.ts';
import { blockRanges, writeBmap } from './bmap.ts';
import type { RawFacts } from './raw.ts';

/** Bytes handed on at once. */
const PIECE = 2 ** 20;

export interface DeliveryHost {
  /** Fills `into` with the finished bytes from `offset` on. */
  read(offset: number, into: Uint8Array<ArrayBuffer>): Promise<void> | void;
  /** A hasher for messages of any size; several are in use at a time. */
  newHasher(): Promise<Hasher> | Hasher;
  /** Absent where the bytes are wanted as they are. */
  readonly compressor?: Codec | undefined;
  /** Whether digests are wanted; they are where nothing is said. A block map has its own. */
  readonly isHashed?: boolean | undefined;
  /**
   * Takes what is written, in order: bytes, valid until its promise settles, or the number of zeros in a hole. A compressor
   * leaves no holes.
   */
  write?(piece: Uint8Array | number): Promise<void> | void;
  /** Room for a piece of 1 MiB, which `write` may keep; without it, all pieces use the same. Not with a compressor. */
  readonly room?: (() => ArrayBuffer) | undefined;
  /** Called for every piece with the bytes that are done. */
  progress(done: number): void;
}

/** What there is to say of the delivered bytes. */
export interface Delivery {
  /** SHA-256 of the filesystem, as hex; `undefined` when it was not asked. */
  readonly sha256: string | undefined;
  readonly writtenBytes: number;
  readonly writtenSha256: string | undefined;
  /** The block map of the uncompressed bytes. */
  readonly bmap: string | undefined;
}

/** Reads all of `raw` once, holes aside, and makes of it what the host asks for. */
export async function deliver(raw: RawFacts, host: DeliveryHost): Promise<Delivery> {
  const { compressor } = host;
  const isWhole = raw.filesystem.length === raw.bytes;
  const newHasher = async () => (host.isHashed === false ? undefined : host.newHasher());
  const filesystem = await newHasher();
  const written = isWhole && !compressor ? filesystem : await newHasher();
  const map = await BlockHashes.of(raw, host);
  let writtenBytes = 0;
  const hand = async (pieces: Iterable<Uint8Array>) => {
    for (const piece of pieces) {
      written?.update(piece);
      await host.write?.(piece);
      writtenBytes += piece.length;
    }
  };
  const own = new ArrayBuffer(PIECE);
  const zeros = new Uint8Array(PIECE);
  for (const { offset, length, isHole } of compressor ? alignedPieces(raw) : piecesOf(raw)) {
    const bytes = isHole ? zeros.subarray(0, length) : new Uint8Array(host.room?.() ?? own, 0, length);
    if (!isHole) await host.read(offset, bytes);
    const inside = within(raw.filesystem, offset, bytes);
    if (inside.length) filesystem?.update(inside);
    await map?.update(offset, bytes);
    if (compressor) await hand(isHole || isZeros(bytes) ? compressor.pushZeros(bytes) : compressor.push(bytes));
    else {
      writtenBytes += length;
      if (written !== filesystem) written?.update(bytes);
      await host.write?.(isHole ? length : bytes);
    }
    host.progress(offset + length);
  }
  if (compressor) await hand(compressor.end());
  const sha256 = filesystem && toHex(await filesystem.digest());
  const writtenSha256 = written === filesystem ? sha256 : written && toHex(await written.digest());
  return { sha256, writtenBytes, writtenSha256, bmap: await map?.finish() };
}

/**
 * All bytes in order, in pieces that begin at multiples of their size. Where stores have their holes differs: what zeros
 * are compressed to follows from the bytes alone.
 */
function* alignedPieces({ bytes, data }: Pick<RawFacts, 'bytes' | 'data'>) {
  let next = 0;
  for (let offset = 0; offset < bytes; offset += PIECE) {
    const length = Math.min(PIECE, bytes - offset);
    while (next < data.length && data[next]!.offset + data[next]!.length <= offset) next++;
    yield { offset, length, isHole: next === data.length || data[next]!.offset >= offset + length };
  }
}

/** All bytes in order, in pieces that are holes or have none. @param most bytes of one */
export function* piecesOf({ bytes, data }: Pick<RawFacts, 'bytes' | 'data'>, most = PIECE) {
  let at = 0;
  const upTo = function* (end: number, isHole: boolean) {
    while (at < end) {
      const length = Math.min(most, end - at);
      yield { offset: at, length, isHole };
      at += length;
    }
  };
  for (const { offset, length } of data) {
    yield* upTo(offset, true);
    yield* upTo(offset + length, false);
  }
  yield* upTo(bytes, true);
}

/** The part of bytes at `offset` that lies in the range. */
function within(range: Range, offset: number, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const from = Math.max(range.offset - offset, 0);
  return bytes.subarray(from, Math.max(range.offset + range.length - offset, from));
}

/** The checksums of a block map's ranges, which come in order. */
class BlockHashes {
  readonly #raw: RawFacts;
  readonly #host: DeliveryHost;
  readonly #ranges: readonly Range[];
  readonly #done: (Range & { readonly sha256: string })[] = [];
  #hasher: Hasher | undefined;

  private constructor(raw: RawFacts, host: DeliveryHost, ranges: readonly Range[]) {
    this.#raw = raw;
    this.#host = host;
    this.#ranges = ranges;
  }

  static of(raw: RawFacts, host: DeliveryHost): BlockHashes | undefined {
    return raw.mapped && new BlockHashes(raw, host, blockRanges(raw.mapped, raw.bytes));
  }

  async update(offset: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    for (let range = this.#next(); range && range.offset < offset + bytes.length; range = this.#next()) {
      this.#hasher ??= await this.#host.newHasher();
      this.#hasher.update(within(range, offset, bytes));
      if (range.offset + range.length > offset + bytes.length) return;
      this.#done.push({ ...range, sha256: toHex(await this.#hasher.digest()) });
      this.#hasher = undefined;
    }
  }

  finish(): Promise<string> {
    return writeBmap(this.#raw.bytes, this.#done, async (text) => {
      const hasher = await this.#host.newHasher();
      hasher.update(toBytes(fromText(text)));
      return toHex(await hasher.digest());
    });
  }

  #next(): Range | undefined {
    return this.#ranges[this.#done.length];
  }
}
