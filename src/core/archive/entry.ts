/** A header and what extended it → an entry. */
import { type ByteString, display } from '../bytes.ts';
import { Refusal } from '../errors.ts';
import type { Source } from '../storage/index.ts';
import { BLOCK, type Header, parseHeader } from './header.ts';
import { normalise } from './path.ts';
import type { PaxRecord } from './pax.ts';
import { readOldSparse, readPaxSparse, type Segment } from './sparse.ts';
import { type Xattr, xattrsOf } from './xattrs.ts';

/** What a name in an archive stands for. */
export interface Entry {
  readonly source: Source;
  /** `link` is a hard link: `target` is another entry's path. */
  readonly type: 'directory' | 'file' | 'symlink' | 'link';
  /** Permission, set-id and sticky bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** A file's size, holes included. */
  readonly size: number;
  /** Where in the source its content begins. */
  readonly offset: number;
  /** A sparse file's pieces; `undefined` where all `size` bytes lie at `offset`. */
  readonly segments: readonly Segment[] | undefined;
  readonly target: ByteString;
  /** Extended attributes, sorted by name. */
  readonly xattrs?: readonly Xattr[] | undefined;
}

/** One thing that an archive says is in the tree. */
export interface NamedEntry {
  /** Relative, without `.`, `..`, doubled or trailing slashes; '' is the root itself. */
  readonly path: ByteString;
  /** Offset of the header that began it, for messages. */
  readonly header: number;
  readonly inode: Entry;
}

/** Type flags that are entries. 7 is a contiguous file; NUL is v7's regular file. */
const TYPES: Readonly<Record<string, Entry['type']>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  S: 'file',
  '1': 'link',
  '2': 'symlink',
  '5': 'directory',
};

/** Type flags that a store can't hold, as a person would call them. */
const REFUSED: Readonly<Record<string, string>> = {
  '3': 'a character device',
  '4': 'a block device',
  '6': 'a FIFO',
  D: 'a directory of an incremental dump',
  M: 'a continuation of another volume',
  E: "an extended attribute as Solaris' tar writes it",
  N: 'a long name as GNU tar wrote it until 1990',
};

/** Whether anything here reads pax records of this key. */
export const isOfUse = (key: string): boolean =>
  /^(path|linkpath|size|uid|gid|GNU\.sparse\..*|(SCHILY\.(xattr|acl)|LIBARCHIVE\.xattr|RHT)\..*)$/s.test(key) ||
  isForeignSparse(key);

/** Keys by which star and Solaris' tar say that a file has holes, and where: star(5), Solaris' tar(5). */
const isForeignSparse = (key: string): boolean => /^(SUN\.holesdata|SCHILY\.(realsize|offset))$/.test(key);

/** What extension headers say of the entry that follows them. */
export interface Extension {
  /** Offset of the first of them. */
  header?: number;
  path?: ByteString;
  linkPath?: ByteString;
  /** Global records first: the last of a key holds. */
  pax?: readonly PaxRecord[];
}

/**
 * @param at offset of the entry's own header, whose bytes are `block`
 * @returns the entry, and the offset behind its content
 */
export function toEntry(
  source: Source,
  header: Header,
  block: Uint8Array,
  at: number,
  extension: Extension,
): { entry: NamedEntry; end: number } {
  const first = extension.header ?? at;
  const records = extension.pax ?? [];
  // An empty value takes back what was said before: the header's own field holds.
  const pax = (key: string) => records.findLast(([name]) => name === key)?.[1] || undefined;
  const damaged = (why: string) => new Refusal('archive-header', { name: source.name, offset: first, why });
  const number = (key: string, inHeader: number, most: number) => {
    const text = pax(key);
    const value = text === undefined ? inHeader : /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(Number.isSafeInteger(value) && value >= 0 && value <= most))
      throw damaged(`its ${key} is no number up to ${most}`);
    return value;
  };
  const rawName = pax('GNU.sparse.name') ?? extension.path ?? pax('path') ?? header.name;
  const path = normalise(rawName, first);
  if (records.some(([key]) => isForeignSparse(key))) throw new Refusal('archive-sparse', { path, offset: first });
  const what = REFUSED[header.type];
  if (what) throw new Refusal('archive-type', { path, offset: first, what });
  // A volume label is read like a file and left out.
  const isLabel = header.type === 'V';
  const plain = isLabel ? 'file' : TYPES[header.type];
  // v7 had no type for directories but a trailing slash, and some still write them as files.
  const type = plain === 'file' && rawName.endsWith('/') ? 'directory' : plain;
  if (!type) {
    throw new Refusal('archive-type', {
      path,
      offset: first,
      what: `of the unknown type ${JSON.stringify(header.type)}`,
    });
  }
  const target = targetOf(type, extension.linkPath ?? pax('linkpath') ?? header.linkName, path, first);
  const content = at + BLOCK;
  const size = number('size', header.size, Number.MAX_SAFE_INTEGER);
  // A link has the contents of what it leads to where pax says so (`pax -o linkdata`).
  const hasContent = (type === 'file' && !isLabel) || (type === 'link' && pax('size') !== undefined);
  const stored = hasContent || (size > 0 && isContent(source, content)) ? size : 0;
  const isPaxSparse = type === 'file' && records.some(([key]) => key.startsWith('GNU.sparse.'));
  const sparse = isPaxSparse
    ? readPaxSparse(source, records, content, stored)
    : header.type === 'S'
      ? readOldSparse(source, block, content, stored)
      : undefined;
  if (typeof sparse === 'string') throw damaged(sparse);
  const xattrs = xattrsOf(records);
  if (typeof xattrs === 'string') throw damaged(`its record ${display(xattrs)} is no base64`);
  return {
    entry: {
      path,
      header: first,
      inode: {
        source,
        type,
        mode: header.mode & 0o7777,
        uid: number('uid', header.uid, MOST_ID),
        gid: number('gid', header.gid, MOST_ID),
        size: type === 'file' ? (sparse?.size ?? stored) : 0,
        offset: content,
        segments: sparse?.segments,
        target,
        xattrs,
      },
    },
    end: sparse?.end ?? content + stored,
  };
}

/**
 * Whether the block behind the header of something without contents is contents nevertheless. Writers disagree: a
 * directory's size can be what a disk says of it, a link's that of its target, with or without as many bytes behind it.
 */
function isContent(source: Source, at: number): boolean {
  if (at + BLOCK > source.size) return false;
  const block = new Uint8Array(BLOCK);
  source.read(at, block);
  return typeof parseHeader(block) === 'string';
}

/** Linux' largest user and group number. */
const MOST_ID = 2 ** 32 - 1;

function targetOf(type: Entry['type'], raw: ByteString, path: ByteString, offset: number): ByteString {
  if (type === 'link') return normalise(raw, offset);
  if (type !== 'symlink') return '';
  if (raw === '') throw new Refusal('link-target', { path, offset, why: 'has an empty target' });
  if (raw.length > 4095) throw new Refusal('link-target', { path, offset, why: 'has a target over 4095 bytes' });
  if (raw.includes('\0')) throw new Refusal('link-target', { path, offset, why: 'has a NUL in its target' });
  return raw;
}
