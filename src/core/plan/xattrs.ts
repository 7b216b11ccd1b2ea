/**
 * Extended attributes that ext4 holds: which, and where. Attributes go into the inode while there is room, then into a
 * block of the inode's own. Source: lib/ext2fs/ext_attr.c of e2fsprogs, attr(7) and acl(5).
 */
import type { Xattr } from '../archive/index.ts';
import { andMore, type ByteString, display } from '../bytes.ts';
import { storePathOf } from '../nix/index.ts';
import type { Options } from '../options.ts';
import type { Item } from './contents.ts';
import { archivePath } from './root.ts';

/** What an inode of 256 bytes leaves free: without its fields, the attributes' magic number and the empty last one. */
const INODE_ROOM = 256 - 160 - 4 - 4;
/** What a block's header and its empty last attribute take. */
const BLOCK_HEADER = 32 + 4;
/** An attribute's fields before its name. */
const ENTRY_HEADER = 16;
/** XATTR_NAME_MAX. */
const MOST_NAME = 255;

const NAME = /^(?:system\.posix_acl_(?:access|default)|(?:user|trusted|security)\.([^\0]+))$/s;

export interface Placed {
  /** In the order they are to be set. */
  readonly held: readonly Xattr[];
  /** Whether the inode needs a block for them. */
  readonly takesBlock: boolean;
  readonly leftOut: readonly Xattr[];
}

const NOTHING: Placed = { held: [], takesBlock: false, leftOut: [] };

/** The original took no attributes. */
export function placeXattrs(inode: Item['inode'], blockSize: number, { profile }: Options): Placed {
  if (!inode.source || !inode.xattrs || profile === 'original') return NOTHING;
  const held: Xattr[] = [];
  const leftOut: Xattr[] = [];
  let inInode = INODE_ROOM;
  let inBlock = blockSize - BLOCK_HEADER;
  for (const xattr of inode.xattrs) {
    const bytes = room(xattr);
    if (bytes <= inInode) inInode -= bytes;
    else if (bytes <= inBlock) inBlock -= bytes;
    else {
      leftOut.push(xattr);
      continue;
    }
    held.push(xattr);
  }
  return { held, takesBlock: inBlock < blockSize - BLOCK_HEADER, leftOut };
}

/** Bytes that an attribute takes; more than there are for one that ext4 has no place for. */
function room([name, value]: Xattr): number {
  const match = NAME.exec(name);
  if (!match || name.length > MOST_NAME) return Number.POSITIVE_INFINITY;
  // ACLs are known by their kind alone, and stored in a form of their own.
  const stored = match[1] === undefined ? aclLength(value) : value.length;
  return padded(ENTRY_HEADER + (match[1] ?? '').length) + padded(stored);
}

const padded = (length: number) => Math.ceil(length / 4) * 4;

/** An ACL's tags → bytes of such an entry in ext4: users and groups that are named have a number. */
const ACL_ENTRY: Readonly<Record<number, number>> = { 1: 4, 2: 8, 4: 4, 8: 8, 16: 4, 32: 4 };

/** Bytes of an ACL in ext4: version 2 as system calls have it (8 bytes an entry), all little-endian. */
function aclLength(value: ByteString): number {
  if (value.slice(0, 4) !== '\x02\0\0\0' || value.length % 8 !== 4 || value.length < 12)
    return Number.POSITIVE_INFINITY;
  let length = 4;
  for (let at = 4; at < value.length; at += 8) {
    const tag = value.charCodeAt(at) | (value.charCodeAt(at + 1) << 8);
    length += ACL_ENTRY[tag] ?? Number.POSITIVE_INFINITY;
  }
  return length;
}

/** A value as debugfs' `ea_set` takes it: no byte but letters and digits stands for itself. */
export const escapeValue = (value: ByteString): ByteString =>
  value.replace(/[^A-Za-z0-9]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);

/** Attributes that are left out, and those that Nix would not have left on a store path. */
export function sayXattrs(items: readonly Item[], blockSize: number, options: Options): string[] {
  const leftOut: string[] = [];
  const inStore: string[] = [];
  for (const { node, inode, linkTo } of items) {
    if (linkTo) continue;
    const { held, leftOut: without } = placeXattrs(inode, blockSize, options);
    if (!held.length && !without.length) continue;
    const path = archivePath(options, node.path);
    for (const [name] of without) leftOut.push(`${display(name)} of “${display(path)}”`);
    if (held.length && storePathOf(path)) inStore.push(`“${display(path)}”`);
  }
  return [
    ...(leftOut[0]
      ? [
          `The extended attribute ${leftOut[0]}${andMore(leftOut)} is left out: ext4 has no room for it, or no such attribute.`,
        ]
      : []),
    ...(inStore[0]
      ? [
          `${inStore[0]}${andMore(inStore)} keeps its extended attributes; Nix would have removed them, and its hashes don’t cover them.`,
        ]
      : []),
  ];
}
