/**
 * A tar header block: 512 bytes of fixed fields.
 * Sources: POSIX.1-1988 (ustar), GNU tar's manual “Basic Tar Format”, star's base-256 numbers.
 */
import { type ByteString, byteString } from '../bytes.ts';

export const BLOCK = 512;

/** Field → [offset, length]. */
const FIELDS = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  checksum: [148, 8],
  type: [156, 1],
  linkName: [157, 100],
  magic: [257, 6],
  prefix: [345, 155],
} as const;

/** A header's fields, decoded; sizes are in bytes. */
export interface Header {
  readonly name: ByteString;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** The type flag, as its character. */
  readonly type: string;
  readonly linkName: ByteString;
}

/** A header, `undefined` for a block of zeros (end of archive), or why the block is no header. */
export function parseHeader(block: Uint8Array): Header | undefined | string {
  if (block[0] === 0 && block.every((byte) => byte === 0)) return undefined;
  const checksum = number(block, 'checksum');
  if (checksum === undefined || !checksumMatches(block, checksum)) return 'its checksum is wrong';
  const mode = number(block, 'mode');
  const uid = number(block, 'uid');
  const gid = number(block, 'gid');
  const size = number(block, 'size');
  if (mode === undefined) return 'its mode is no number';
  if (uid === undefined) return 'its uid is no number';
  if (gid === undefined) return 'its gid is no number';
  if (size === undefined) return 'its size is no number';
  let name = text(block, 'name');
  // GNU tar keeps other things (atime, ctime, sparse maps) where ustar has the prefix; its magic is “ustar␠␠”.
  if (text(block, 'magic') === 'ustar') {
    const prefix = text(block, 'prefix');
    if (prefix) name = `${prefix}/${name}`;
  }
  const type = String.fromCharCode(block[FIELDS.type[0]]!);
  // Each by its name: V8 leaves what it spreads in the old generation, as much again as the whole index.
  return { mode, uid, gid, size, name, type, linkName: text(block, 'linkName') };
}

function text(block: Uint8Array, field: keyof typeof FIELDS): ByteString {
  const [start, length] = FIELDS[field];
  const end = block.indexOf(0, start);
  return byteString(block, start, end < 0 ? start + length : Math.min(end, start + length));
}

const number = (block: Uint8Array, field: keyof typeof FIELDS) => numberAt(block, FIELDS[field][0], FIELDS[field][1]);

/**
 * A number field at an offset: octal digits after spaces, up to a NUL or spaces, or base 256 big-endian after a set top
 * bit. What stands behind a NUL is no part of it: some writers leave there what was before.
 */
export function numberAt(block: Uint8Array, start: number, length: number): number | undefined {
  const first = block[start]!;
  if (first & 0x80) {
    if (first & 0x40) return undefined; // negative
    let value = first & 0x3f;
    for (let i = start + 1; i < start + length; i++) value = value * 256 + block[i]!;
    return value <= Number.MAX_SAFE_INTEGER ? value : undefined;
  }
  let at = start;
  const end = start + length;
  while (at < end && block[at] === 0x20) at++;
  let value = 0;
  for (; at < end && block[at]! >= 0x30 && block[at]! <= 0x37; at++) value = value * 8 + block[at]! - 0x30;
  while (at < end && block[at] === 0x20) at++;
  return at === end || block[at] === 0 ? value : undefined;
}

/** The checksum counts its own field as spaces; some old tars summed signed characters. */
function checksumMatches(block: Uint8Array, stored: number): boolean {
  const [start, length] = FIELDS.checksum;
  let unsigned = 0;
  let high = 0;
  for (let i = 0; i < BLOCK; i++) {
    const byte = i >= start && i < start + length ? 0x20 : block[i]!;
    unsigned += byte;
    high += byte >> 7;
  }
  return stored === unsigned || stored === unsigned - 256 * high;
}
