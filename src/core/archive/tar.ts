/** Reads a tar archive's headers into entries; contents stay where they are. */
import { type ByteString, byteString } from '../bytes.ts';
import { Refusal } from '../errors.ts';
import type { Source } from '../storage/index.ts';
import { BLOCK, type Header, parseHeader } from './header.ts';
import { SNIFF_BYTES, sniff } from './magic.ts';
import { normalise } from './path.ts';
import { parsePax } from './pax.ts';

/** One thing that an archive says is in the tree. */
export interface Entry {
  readonly source: Source;
  /** Offset of the header that began it, for messages. */
  readonly header: number;
  /** Relative, without `.`, `..`, doubled or trailing slashes; '' is the root itself. */
  readonly path: ByteString;
  /** `link` is a hard link: `target` is another entry's path. */
  readonly type: 'directory' | 'file' | 'symlink' | 'link';
  /** Permission, set-id and sticky bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** A file's content: `size` bytes of the source at `offset`. */
  readonly offset: number;
  readonly size: number;
  readonly target: ByteString;
}

/** Type flags that are entries. 7 is a contiguous file; NUL is v7's regular file. */
const TYPES: Readonly<Record<string, Entry['type']>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'link',
  '2': 'symlink',
  '5': 'directory',
};

/** Type flags that a store can't hold, as a person would call them. */
const REFUSED: Readonly<Record<string, string>> = {
  '3': 'a character device',
  '4': 'a block device',
  '6': 'a FIFO',
  S: 'a sparse file of GNU tar',
  D: 'a directory of an incremental dump',
  M: 'a continuation of another volume',
};

/** Long names and extended headers are read whole; more than this is damage or harm. */
const MOST_EXTENSION = 2 ** 20;
/** How far ahead the index pass asks the source to fetch. */
const AHEAD = 8 * 2 ** 20;

/** What extension headers say of the entry that follows them. */
interface Extension {
  header?: number;
  path?: ByteString;
  linkPath?: ByteString;
  pax?: Map<string, ByteString>;
}

/**
 * Reads all headers, in archive order. Stops for nothing but the end of the source, so concatenated archives are one.
 * @throws Refusal `archive-*`, `path-unsafe`, `link-target` or `source-unreadable`
 */
export async function* readTar(source: Source): AsyncGenerator<Entry> {
  if (source.size === 0) throw new Refusal('archive-empty', { name: source.name });
  const block = new Uint8Array(BLOCK);
  const globals = new Map<string, ByteString>();
  let extension: Extension = {};
  let fetched = 0;
  let ended = false;
  let at = 0;
  for (; at + BLOCK <= source.size; ) {
    if (at + BLOCK > fetched && source.prefetch) {
      fetched = Math.min(at + AHEAD, source.size);
      await source.prefetch(at, fetched);
    }
    source.read(at, block);
    const header = parseHeader(block);
    if (typeof header === 'string') throw notAHeader(source, at, header);
    if (header === undefined) {
      ended = true;
      at += BLOCK;
      continue;
    }
    ended = false;
    const content = at + BLOCK;
    extension.header ??= at;
    if (isExtension(header.type)) {
      const data = readExtension(source, header, at);
      if (header.type === 'L') extension.path = untilNul(data);
      else if (header.type === 'K') extension.linkPath = untilNul(data);
      else {
        const pax = parsePax(data);
        if (!pax)
          throw new Refusal('archive-header', { name: source.name, offset: at, why: 'its pax records are malformed' });
        if (header.type === 'g') for (const [key, value] of pax) globals.set(key, value);
        else extension.pax = pax;
      }
      at = content + padded(header.size);
    } else {
      const entry = toEntry(source, header, content, extension, globals);
      extension = {};
      // A volume label names the archive, not a file.
      if (header.type !== 'V') yield entry;
      at = content + padded(entry.type === 'file' ? entry.size : 0);
    }
    if (at > source.size) {
      throw new Refusal('archive-truncated', { name: source.name, offset: source.size, path: header.name });
    }
  }
  if (!ended || at !== source.size || extension.header !== undefined) {
    throw source.size < BLOCK
      ? notAHeader(source, 0, 'it is shorter than a header')
      : new Refusal('archive-truncated', { name: source.name, offset: source.size });
  }
}

const padded = (size: number) => Math.ceil(size / BLOCK) * BLOCK;

const isExtension = (type: string) => type === 'L' || type === 'K' || type === 'x' || type === 'X' || type === 'g';

const untilNul = (data: Uint8Array): ByteString => {
  const nul = data.indexOf(0);
  return byteString(data, 0, nul < 0 ? data.length : nul);
};

function readExtension(source: Source, header: Header, at: number): Uint8Array {
  if (header.size > MOST_EXTENSION) {
    throw new Refusal('archive-header', { name: source.name, offset: at, why: 'its extension is larger than 1 MiB' });
  }
  if (at + BLOCK + header.size > source.size) {
    throw new Refusal('archive-truncated', { name: source.name, offset: source.size });
  }
  const data = new Uint8Array(header.size);
  source.read(at + BLOCK, data);
  return data;
}

function toEntry(
  source: Source,
  header: Header,
  content: number,
  extension: Extension,
  globals: ReadonlyMap<string, ByteString>,
): Entry {
  const offset = extension.header ?? content - BLOCK;
  const pax = (key: string) => extension.pax?.get(key) ?? globals.get(key);
  const rawName = extension.path ?? pax('path') ?? header.name;
  const path = normalise(rawName, offset);
  const rawSize = pax('size');
  const size = rawSize === undefined ? header.size : Number(rawSize);
  if (!Number.isSafeInteger(size) || size < 0) {
    throw new Refusal('archive-header', { name: source.name, offset, why: 'its size is no number' });
  }
  const sparse = [...(extension.pax?.keys() ?? [])].some((key) => key.startsWith('GNU.sparse.'));
  const what = sparse ? REFUSED.S : REFUSED[header.type];
  if (what) throw new Refusal('archive-type', { path, offset, what });
  // v7 had no type for directories but a trailing slash.
  const type = header.type === '\0' && rawName.endsWith('/') ? 'directory' : TYPES[header.type];
  if (!type && header.type !== 'V') {
    throw new Refusal('archive-type', { path, offset, what: `of the unknown type ${JSON.stringify(header.type)}` });
  }
  const linkName = extension.linkPath ?? pax('linkpath') ?? header.linkName;
  if (type === 'symlink') {
    if (linkName === '') throw new Refusal('link-target', { path, offset, why: 'has an empty target' });
    if (linkName.length > 4095) throw new Refusal('link-target', { path, offset, why: 'has a target over 4095 bytes' });
  }
  const id = (key: string, inHeader: number) => {
    const value = Number(pax(key) ?? inHeader);
    if (!(value >= 0 && value < 2 ** 32)) {
      throw new Refusal('archive-header', { name: source.name, offset, why: `its ${key} is over 32 bits` });
    }
    return value;
  };
  return {
    source,
    header: offset,
    path,
    type: type ?? 'file',
    mode: header.mode & 0o7777,
    uid: id('uid', header.uid),
    gid: id('gid', header.gid),
    offset: content,
    size: type === 'file' || !type ? size : 0,
    target: type === 'link' ? normalise(linkName, offset) : linkName,
  };
}

/** The first block decides whether this is a tar at all; a bad block further on is damage. */
function notAHeader(source: Source, at: number, why: string): Refusal {
  if (at > 0) return new Refusal('archive-header', { name: source.name, offset: at, why });
  const head = new Uint8Array(Math.min(SNIFF_BYTES, source.size));
  source.read(0, head);
  return new Refusal('archive-unknown', { name: source.name, found: sniff(head) });
}
