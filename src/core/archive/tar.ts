/** Reads a tar archive's headers into entries; contents stay where they are. */
import { type ByteString, byteString } from '../bytes.ts';
import { Refusal } from '../errors.ts';
import { readStart, type Source } from '../storage/index.ts';
import { type Extension, isOfUse, type NamedEntry, toEntry } from './entry.ts';
import { BLOCK, type Header, parseHeader } from './header.ts';
import { SNIFF_BYTES, sniff } from './magic.ts';
import { type PaxRecord, parsePax } from './pax.ts';

/** Long names and extended headers (those of sparse files have a record a piece) are read whole; more is damage or harm. */
const MOST_EXTENSION = 8 * 2 ** 20;
/** What archives are filled up to: 20 blocks, as tapes had them. */
const RECORD = 20 * BLOCK;
/** Bytes read at once: small files' headers come together, and passing over the rest costs less than another call. */
const READ = 32 * BLOCK;

/**
 * Reads all headers, in archive order, up to the end of the source: concatenated archives are one.
 * @param note told of an end that is not as it should be
 * @throws Refusal `archive-*`, `path-unsafe`, `link-target` or `source-unreadable`
 */
export async function* readTar(source: Source, note: (note: EndNote) => void): AsyncGenerator<NamedEntry> {
  if (source.size === 0) throw new Refusal('archive-empty', { name: source.name });
  const buffer = new Uint8Array(READ);
  let buffered = 0;
  const globals = new Map<string, ByteString>();
  let globalRecords: readonly PaxRecord[] = [];
  let extension: Extension = {};
  let ended = false;
  /** Where the record ends that has the archive's end, two blocks of zeros. */
  let recordEnd = 0;
  let isTar = false;
  let at = 0;
  while (at + BLOCK <= source.size) {
    if (at < buffered || at + BLOCK > buffered + READ || at === 0) {
      buffered = at;
      const part = buffer.subarray(0, source.size - at);
      await source.prefetch?.(at, at + part.length);
      source.read(at, part);
    }
    const block = buffer.subarray(at - buffered, at - buffered + BLOCK);
    const header = parseHeader(block);
    if (header === undefined) {
      if (ended) recordEnd = Math.ceil((at + 1) / RECORD) * RECORD;
      ended = true;
      at += BLOCK;
      continue;
    }
    if (typeof header === 'string') {
      // One block of zeros ends an archive where no header follows it, as GNU tar has it, too.
      if (isTar && ended && recordEnd === 0 && extension.header === undefined)
        return note({ end: 'lone-zeros', name: source.name, offset: at - BLOCK });
      // Behind the end a record has anything: what its buffer had before.
      if (!isTar || at >= recordEnd) throw notAHeader(source, isTar, at, header);
      at += BLOCK;
      continue;
    }
    ended = false;
    recordEnd = 0;
    isTar = true;
    const content = at + BLOCK;
    // A global header may be the last of all.
    if (header.type !== 'g') extension.header ??= at;
    if (isExtension(header.type)) {
      const data = readExtension(source, header, at);
      if (header.type === 'L') extension.path = untilNul(data);
      else if (header.type === 'K') extension.linkPath = untilNul(data);
      else if (header.type === 'A')
        extension.pax = [...(extension.pax ?? globalRecords), ['SCHILY.acl.solaris', untilNul(data)]];
      else {
        const pax = parsePax(data);
        if (!pax)
          throw new Refusal('archive-header', { name: source.name, offset: at, why: 'its pax records are malformed' });
        if (header.type === 'g') {
          for (const [key, value] of pax) if (isOfUse(key)) globals.set(key, value);
          globalRecords = [...globals];
        } else extension.pax = (extension.pax ?? globalRecords).concat(pax);
      }
      at = content + padded(header.size);
    } else {
      const { entry, end } = toEntry(source, header, block, at, { pax: globalRecords, ...extension });
      extension = {};
      // A volume label names the archive, not a file.
      if (header.type !== 'V') yield entry;
      at = padded(end);
    }
    if (at > source.size) {
      throw new Refusal('archive-truncated', { name: source.name, offset: source.size, path: header.name });
    }
  }
  const here = { name: source.name, offset: source.size };
  if (source.size < BLOCK) throw notAHeader(source, false, 0, 'it is shorter than a header');
  if (ended && extension.header === undefined && isZeros(source, at)) return;
  if (at !== source.size || extension.header !== undefined) throw new Refusal('archive-truncated', here);
  if (!ended) note({ end: 'missing', ...here });
}

/** How an archive ends that does not end with two blocks of zeros: with one and no header behind it, or with none. */
export interface EndNote {
  readonly end: 'lone-zeros' | 'missing';
  /** The archive's. */
  readonly name: string;
  /** Where the block of zeros is or would be. */
  readonly offset: number;
}

/** Whether the rest, less than a block, is zeros: what fills up a tape need not be blocks. */
function isZeros(source: Source, at: number): boolean {
  const rest = new Uint8Array(source.size - at);
  source.read(at, rest);
  return rest.every((byte) => byte === 0);
}

const padded = (size: number) => Math.ceil(size / BLOCK) * BLOCK;

/** GNU's long names, pax, Solaris' name for it and its ACLs, all of the entry that follows; global records of pax. */
const isExtension = (type: string) => 'LKxXAg'.includes(type);

const untilNul = (data: Uint8Array): ByteString => {
  const nul = data.indexOf(0);
  return byteString(data, 0, nul < 0 ? data.length : nul);
};

function readExtension(source: Source, header: Header, at: number): Uint8Array {
  if (header.size > MOST_EXTENSION) {
    throw new Refusal('archive-header', { name: source.name, offset: at, why: 'its extension is larger than 8 MiB' });
  }
  if (at + BLOCK + header.size > source.size) {
    throw new Refusal('archive-truncated', { name: source.name, offset: source.size });
  }
  const data = new Uint8Array(header.size);
  source.read(at + BLOCK, data);
  return data;
}

/** The first block that is not zeros decides whether this is a tar at all; a bad block further on is damage. */
function notAHeader(source: Source, isTar: boolean, at: number, why: string): Refusal {
  if (isTar) return new Refusal('archive-header', { name: source.name, offset: at, why });
  return new Refusal('archive-unknown', { name: source.name, found: sniff(readStart(source, SNIFF_BYTES)) });
}
