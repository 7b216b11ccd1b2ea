/** The entries of a FAT directory: a short name each, and the real one in UTF-16 before it where they differ. */

/** Bytes of an entry. */
export const DIRECTORY_ENTRY = 32;

/** What a directory lists; a directory has no size. */
export interface Listed {
  readonly name: string;
  /** The number of its first cluster. */
  readonly first: number;
  readonly size: number | undefined;
}

const IS_DIRECTORY = 0x10;
const IS_FILE = 0x20;
const IS_LABEL = 0x08;
const IS_LONG = 0x0f;
const LAST_LONG = 0x40;
/** 1 January 1980, the first day that there is. */
const DATE = 0x21;

/** Where an entry of a long name keeps its 13 characters. */
const LONG_AT = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];

const SHORT = /^([A-Z0-9!#$%&'()@^_`{}~-]{1,8})(?:\.([A-Z0-9!#$%&'()@^_`{}~-]{1,3}))?$/;

export function directoryEntries(listed: readonly Listed[]): Uint8Array<ArrayBuffer> {
  const taken = new Set<string>();
  const entries = listed.flatMap(({ name, first, size }) => {
    const short = shortName(name, taken);
    const isOwn = name === '.' || name === '..' || joined(short) === name;
    const long = isOwn ? [] : longEntries(name, checksum(short));
    return [...long, shortEntry(short, size === undefined ? IS_DIRECTORY : IS_FILE, first, size ?? 0)];
  });
  const bytes = new Uint8Array(entries.length * DIRECTORY_ENTRY);
  entries.forEach((entry, index) => {
    bytes.set(entry, index * DIRECTORY_ENTRY);
  });
  return bytes;
}

/** The entry that names the filesystem. */
export const VOLUME_LABEL = (label: string): Uint8Array => shortEntry(label.padEnd(11), IS_LABEL, 0, 0);

function shortEntry(name: string, kind: number, first: number, size: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(DIRECTORY_ENTRY));
  for (let i = 0; i < name.length; i++) view.setUint8(i, name.charCodeAt(i));
  view.setUint8(11, kind);
  for (const date of [16, 18, 24]) view.setUint16(date, DATE, true);
  view.setUint16(26, first, true);
  view.setUint32(28, size, true);
  return new Uint8Array(view.buffer);
}

/** 11 characters, eight and three, that no other entry of the directory has. */
function shortName(name: string, taken: Set<string>): string {
  if (name === '.' || name === '..') return name.padEnd(11);
  const upper = name.toUpperCase();
  const [, stem, ending = ''] = SHORT.exec(upper) ?? [];
  let short = `${(stem ?? '').padEnd(8)}${ending.padEnd(3)}`;
  if (stem === undefined || taken.has(short)) {
    const clean = (text: string) => text.replace(/[ .]/g, '').replace(/[^A-Z0-9!#$%&'()@^_`{}~-]/g, '_');
    const dot = upper.lastIndexOf('.');
    const before = clean(dot > 0 ? upper.slice(0, dot) : upper);
    const after = dot > 0 ? clean(upper.slice(dot + 1)).slice(0, 3) : '';
    for (let number = 1; number === 1 || taken.has(short); number++) {
      const tail = `~${number}`;
      short = `${(before.slice(0, 8 - tail.length) + tail).padEnd(8)}${after.padEnd(3)}`;
    }
  }
  taken.add(short);
  return short;
}

const joined = (short: string) => {
  const ending = short.slice(8).trimEnd();
  return short.slice(0, 8).trimEnd() + (ending && `.${ending}`);
};

/** Of the short name, in each entry of the long one. */
function checksum(short: string): number {
  let sum = 0;
  for (let i = 0; i < short.length; i++) sum = (((sum & 1) << 7) + (sum >> 1) + short.charCodeAt(i)) & 0xff;
  return sum;
}

/** The last part of the name comes first. */
function longEntries(name: string, sum: number): Uint8Array[] {
  const count = Math.ceil(name.length / LONG_AT.length);
  return Array.from({ length: count }, (_, index) => {
    const part = count - index;
    const view = new DataView(new ArrayBuffer(DIRECTORY_ENTRY));
    view.setUint8(0, part | (index === 0 ? LAST_LONG : 0));
    view.setUint8(11, IS_LONG);
    view.setUint8(13, sum);
    LONG_AT.forEach((at, i) => {
      const place = (part - 1) * LONG_AT.length + i;
      // After the name a NUL, after that nothing.
      const unit = place < name.length ? name.charCodeAt(place) : place === name.length ? 0 : 0xffff;
      view.setUint16(at, unit, true);
    });
    return new Uint8Array(view.buffer);
  });
}
