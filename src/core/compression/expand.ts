/**
 * Compressed archives → plain ones on a spool of the host's: the index and everything after it read an archive at any
 * offset. What compresses it is told by its first bytes, not by its name.
 */
import { byteString } from '../bytes.ts';
import { Refusal } from '../errors.ts';
import type { BuildHost } from '../index.ts';
import type { Options } from '../options.ts';
import { readStart, type Source, type Spool } from '../storage/index.ts';
import { Codec, CodecError, type CodecName } from './codec.ts';

interface Format {
  readonly name: string;
  /** How it begins: RFC 1952, RFC 8878 (a frame, or the first that may be skipped), xz' and lz4's format, bzip2's source. */
  readonly begins: readonly string[];
  readonly codec: CodecName;
}

const FORMATS: readonly Format[] = [
  { name: 'gzip', begins: ['\x1f\x8b'], codec: 'gunzip' },
  { name: 'zstd', begins: ['\x28\xb5\x2f\xfd', '\x50\x2a\x4d\x18'], codec: 'unzstd' },
  { name: 'xz', begins: ['\xfd7zXZ\0'], codec: 'unxz' },
  { name: 'bzip2', begins: ['BZh'], codec: 'bunzip2' },
  { name: 'lz4', begins: ['\x04\x22\x4d\x18'], codec: 'unlz4' },
];

/** Bytes that tell the format. */
const HEAD = 6;
/** Bytes read at once. */
const READ = 2 ** 20;

/** What the automatic limit lets through: this much in any case, and this many times the compressed bytes. */
const ALWAYS_EXPANDED = 16 * 2 ** 30;
const MOST_TIMES = 200;

export type ExpandHost = Pick<BuildHost, 'codecs' | 'createSpool' | 'progress'>;

/**
 * The archives, those that are compressed replaced by what is in them.
 * @throws Refusal `compressed-*`, `storage-*`, `source-unreadable`
 */
export async function expandArchives(
  archives: readonly Source[],
  options: Pick<Options, 'maxExpanded'>,
  host: ExpandHost,
): Promise<Source[]> {
  const compressed = new Set(archives.filter(isCompressed));
  const total = [...compressed].reduce((sum, { size }) => sum + size, 0);
  let before = 0;
  const expanded: Source[] = [];
  for (const archive of archives) {
    if (!compressed.has(archive)) {
      expanded.push(archive);
      continue;
    }
    const spool = await host.createSpool(archive.name);
    const progress = (done: number) => host.progress({ phase: 'expand', done: before + done, total, entries: 0 });
    await expandInto(spool, archive, options, host, progress);
    expanded.push(await spool.finish());
    before += archive.size;
  }
  return expanded;
}

export const isCompressed = (source: Source): boolean => formatOf(source) !== undefined;

function formatOf(source: Source): Format | undefined {
  const text = byteString(readStart(source, HEAD));
  return FORMATS.find(({ begins }) => begins.some((beginning) => text.startsWith(beginning)));
}

/**
 * Appends what is in a compressed source; returns how many bytes that is.
 * @param progress called with the compressed bytes that are done
 * @throws Refusal `compressed-*`, `storage-*`, `source-unreadable`
 */
export async function expandInto(
  spool: Spool,
  source: Source,
  { maxExpanded }: Pick<Options, 'maxExpanded'>,
  host: Pick<ExpandHost, 'codecs'>,
  progress: (done: number) => void,
): Promise<number> {
  const { name, size } = source;
  const format = formatOf(source)!;
  const most = maxExpanded === 'auto' ? Math.max(ALWAYS_EXPANDED, MOST_TIMES * size) : maxExpanded;
  const codec = new Codec(await host.codecs(), format.codec);
  let made = 0;
  const keep = (pieces: Iterable<Uint8Array>) => {
    for (const piece of pieces) {
      made += piece.length;
      if (made > most) throw new Refusal('compressed-bomb', { name, size, most });
      spool.append(piece);
    }
  };
  const buffer = new Uint8Array(Math.min(READ, size));
  for (let at = 0; at < size; at += READ) {
    const part = buffer.subarray(0, size - at);
    await source.prefetch?.(at, at + part.length);
    source.read(at, part);
    try {
      keep(codec.push(part));
      if (at + READ >= size) keep(codec.end());
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      throw new Refusal('compressed-damaged', { name, format: format.name, offset: codec.taken, why: error.message });
    }
    progress(at + part.length);
  }
  if (!codec.isBetween) throw new Refusal('compressed-truncated', { name, format: format.name, offset: size });
  return made;
}
