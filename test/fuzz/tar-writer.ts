/** Tar archives written every way that a tar program might: a tree stays the tree, whatever the dice say. */
import { toBytes } from '../../src/core/bytes.ts';
import type { Dice } from './dice.ts';
import { type File, type Inode, type Model, namesOf, parentMode } from './model.ts';
import { summed } from './mutate.ts';

const BLOCK = 512;
const FORMATS = ['v7', 'ustar', 'gnu', 'pax'] as const;
type Format = (typeof FORMATS)[number];
const PAX_SPARSE = ['0.0', '0.1', '1.0'] as const;

/** An entry as the archive will say it. */
interface Said {
  readonly path: string;
  /** A hard link to another name of the inode. */
  readonly linkTo?: string;
  readonly inode: Inode;
}

/** What a header's fields hold. */
interface Fields {
  readonly name: string;
  readonly prefix?: string;
  readonly type: string;
  readonly size: number;
  readonly linkName?: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

type Writer = { readonly dice: Dice; readonly parts: Uint8Array[] };

export function writeTar(tree: Model, dice: Dice): Uint8Array<ArrayBuffer> {
  const writer: Writer = { dice, parts: [] };
  if (dice.once(8)) extension(writer, 'g', paxRecord('comment', 'of all'));
  if (dice.once(8)) put(writer, { ...fields('a label', '0', 0), type: 'V' }, 'gnu');
  for (const said of inSomeOrder(tree, dice)) {
    if (dice.once(20)) writeAppleDouble(writer, said.path);
    writeEntry(writer, said);
    // The end of one archive and the beginning of another.
    if (dice.once(100)) writer.parts.push(new Uint8Array(2 * BLOCK));
  }
  if (dice.once(8)) writeHousekeeping(writer);
  // One block of zeros ends it, too, where no header follows.
  if (dice.once(8)) writer.parts.push(new Uint8Array(BLOCK), new Uint8Array(dice.below(5) * BLOCK).fill(0x5a));
  else writer.parts.push(new Uint8Array((2 + dice.below(30)) * BLOCK));
  return joined(writer.parts);
}

/** What macOS' tar writes before an entry that has extended attributes. */
function writeAppleDouble(writer: Writer, path: string): void {
  const slash = path.lastIndexOf('/') + 1;
  const name = `${path.slice(0, slash)}._${path.slice(slash)}`;
  if (path === '' || name.length - slash > 255) return;
  const content = toBytes('\0\x05\x16\x07\0\x02\0\0Mac OS X');
  put(writer, fields(name, '0', content.length), 'gnu');
  putContent(writer, [content]);
}

/** What a store has beside its paths. */
function writeHousekeeping(writer: Writer): void {
  for (const name of ['.links/', 'trash/', 'tmp-1-2/']) put(writer, fields(`nix/store/${name}`, '5', 0), 'gnu');
  for (const name of ['.links/0a', 'trash/x', 'tmp-1-2/x', `${'0'.repeat(32)}-gone.lock`])
    put(writer, fields(`nix/store/${name}`, '0', 0), 'gnu');
}

/**
 * Something that has no contents: now and then with a size, as disks have one for directories and links, and with or
 * without as many bytes behind it. Only pax says of a link that there are some.
 */
function putWithoutContents(writer: Writer, said: Fields, format: Format): void {
  const { dice } = writer;
  const size = dice.once(6) ? 1 + dice.below(2000) : 0;
  put(writer, { ...said, size }, format);
  if (size > 0 && dice.once(2)) putContent(writer, [new Uint8Array(size).fill(0x5a)]);
}

/** Which entries there are, and their order. */
function inSomeOrder(tree: Model, dice: Dice): Said[] {
  const said: Said[] = [];
  const hasChildren = new Set([...tree.keys()].map((path) => path.slice(0, Math.max(0, path.lastIndexOf('/')))));
  for (const [inode, names] of namesOf(tree)) {
    if (inode.type === 'directory') {
      const path = names[0]!;
      const mayBeLeftOut =
        hasChildren.has(path) && inode.mode === parentMode(path) && inode.uid === 0 && inode.gid === 0;
      if (!(mayBeLeftOut && dice.once(2))) said.push({ path, inode });
      continue;
    }
    const order = dice.shuffled(names);
    // A chain of links: each to any name nearer to the content.
    for (const [i, path] of order.entries())
      said.push(i === 0 ? { path, inode } : { path, inode, linkTo: order[dice.below(i)]! });
  }
  const order = dice.once(2) ? dice.shuffled(said) : said;
  const overlaid = order.find(({ inode }) => inode.type === 'file');
  // An earlier entry of the same path does not count.
  if (overlaid && dice.once(10))
    order.unshift({ path: overlaid.path, inode: { ...overlaid.inode, type: 'symlink', target: 'old' } });
  if (dice.once(10)) order.unshift({ path: '', inode: { type: 'directory', mode: 0o700, uid: 5, gid: 5 } });
  return order;
}

const LEADS = ['', '', '', './', '/', '//', './/./'] as const;

/** A path as archives spell it. */
function spelled(path: string, isDirectory: boolean, dice: Dice): string {
  const lead = dice.one(LEADS);
  const slashes = dice.once(6) ? path.replaceAll('/', () => dice.one(['/', '//', '/./'])) : path;
  const made = lead + slashes + (isDirectory && dice.once(2) ? '/' : '');
  return made === '' ? './' : made;
}

function writeEntry(writer: Writer, { path, inode, linkTo }: Said): void {
  const { dice } = writer;
  const type = linkTo !== undefined ? '1' : { directory: '5', symlink: '2', file: '0' }[inode.type];
  const hack = type === '0' && path.length < 200 && /(^|\/)nix\/store\/.*\//.test(path) && dice.once(20);
  const name = spelled(path, type === '5', dice) + (hack ? '~nix~case~hack~1' : '');
  const linkName = linkTo !== undefined ? spelled(linkTo, false, dice) : inode.type === 'symlink' ? inode.target : '';
  const common = { ...fields(name, type, 0), mode: inode.mode, uid: inode.uid, gid: inode.gid, linkName };
  const format = dice.one(FORMATS.filter((format) => holds(format, common)));
  if (type !== '0' || inode.type !== 'file') putWithoutContents(writer, asIn(format, common, dice), format);
  else if (format === 'gnu' && inode.data.length > 0 && dice.once(2)) putOldSparse(writer, common, inode);
  else if (format === 'pax' && dice.once(2)) putPaxSparse(writer, common, inode, dice.one(PAX_SPARSE));
  else {
    put(writer, asIn(format, { ...common, size: inode.bytes.length }, dice), format);
    putContent(writer, [inode.bytes]);
  }
}

const fields = (name: string, type: string, size: number): Fields => ({
  name,
  type,
  size,
  mode: 0o644,
  uid: 0,
  gid: 0,
});

/** Whether a format can say these fields; GNU's and pax' extensions can say any. */
function holds(format: Format, { name, linkName = '', uid, gid }: Fields): boolean {
  if (format === 'gnu' || format === 'pax') return true;
  if (linkName.length > 100 || Math.max(uid, gid) >= 8 ** 7) return false;
  if (format === 'v7') return name.length < 100; // a directory's slash has to fit
  return name.length <= 100 || splits(name).length > 0;
}

/** Where a name can be parted into prefix and name. */
const splits = (name: string) =>
  [...name.matchAll(/\//g)]
    .map(({ index }) => index)
    .filter((at) => at > 0 && at <= 155 && name.length - at - 1 <= 100 && at < name.length - 1);

/** v7 has no type for directories, ustar two fields for a name, and 7 is a file, too. */
function asIn(format: Format, said: Fields, dice: Dice): Fields {
  const slashed = said.name.replace(/\/?$/, '/');
  if (format === 'v7' && said.type === '5') return { ...said, type: '\0', name: slashed };
  if (format === 'gnu' && said.type === '5' && dice.once(6)) return { ...said, type: '0', name: slashed };
  const type = said.type !== '0' ? said.type : format === 'v7' ? '\0' : dice.once(10) ? '7' : '0';
  if (format !== 'ustar' || said.name.length <= 100) return { ...said, type };
  const at = dice.one(splits(said.name));
  return { ...said, type, prefix: said.name.slice(0, at), name: said.name.slice(at + 1) };
}

/** The header, with the extensions that it needs or that the dice want. */
function put(writer: Writer, said: Fields, format: Format, more = '', extra?: (block: Uint8Array) => void): void {
  const { dice } = writer;
  const { name, linkName = '', uid, gid, size } = said;
  if (format === 'gnu') {
    const long = [
      () => (name.length > 100 || dice.once(5)) && extension(writer, 'L', `${name}\0`),
      () => (linkName.length > 100 || (linkName && dice.once(5))) && extension(writer, 'K', `${linkName}\0`),
    ];
    for (const write of dice.shuffled(long)) write();
  }
  if (format === 'pax') {
    const records = [
      (name.length > 100 || dice.once(3)) && paxRecord('path', name),
      (linkName.length > 100 || (linkName && dice.once(3))) && paxRecord('linkpath', linkName),
      (uid >= 8 ** 7 || dice.once(9)) && paxRecord('uid', `${uid}`),
      (gid >= 8 ** 7 || dice.once(9)) && paxRecord('gid', `${gid}`),
      said.type === '0' && dice.once(5) && paxRecord('size', `${size}`),
      dice.once(5) && paxRecord('mtime', '-1.5'),
      dice.once(5) && paxRecord('hdrcharset', 'BINARY'),
    ].filter((record) => record !== false && record !== '');
    const all = dice.shuffled(records).join('') + more;
    if (all) extension(writer, 'x', all);
  }
  const block = header(said, format, dice);
  extra?.(block);
  writer.parts.push(summed(block));
}

function header({ name, prefix = '', linkName = '', mode, uid, gid, size, type }: Fields, format: Format, dice: Dice) {
  const block = new Uint8Array(BLOCK);
  text(block, 0, 100, name);
  number(block, 100, 8, mode, dice);
  // What does not fit stands in a pax record.
  number(block, 108, 8, format === 'pax' && uid >= 8 ** 7 ? 0 : uid, dice);
  number(block, 116, 8, format === 'pax' && gid >= 8 ** 7 ? 0 : gid, dice);
  number(block, 124, 12, size, dice);
  number(block, 136, 12, dice.below(2 ** 31), dice);
  text(block, 156, 1, type);
  text(block, 157, 100, linkName);
  if (format === 'gnu') text(block, 257, 8, 'ustar  \0');
  else if (format !== 'v7') text(block, 257, 8, 'ustar\x0000');
  if (format === 'ustar' || format === 'pax') text(block, 345, 155, prefix);
  return block;
}

function text(block: Uint8Array, at: number, length: number, value: string): void {
  block.set(toBytes(value.slice(0, length)), at);
}

/** Octal, ended and filled up in the ways there are, or base 256. */
function number(block: Uint8Array, at: number, length: number, value: number, dice: Dice): void {
  const octal = value.toString(8);
  if (octal.length >= length || dice.once(20)) {
    for (let i = length - 1, rest = value; i > 0; i--, rest = Math.floor(rest / 256)) block[at + i] = rest % 256;
    block[at] = 0x80;
    return;
  }
  const filled = dice.one([octal.padStart(length - 1, '0'), octal.padStart(length - 1, ' '), octal]);
  text(block, at, length, filled + dice.one(['\0', ' ']));
}

function extension(writer: Writer, type: string, data: string): void {
  writer.parts.push(summed(header(fields('././@LongLink', type, data.length), 'pax', writer.dice)));
  putContent(writer, [toBytes(data)]);
}

/** `LENGTH KEY=VALUE\n`, where the length counts its own digits. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length;
  while (`${length}${rest}`.length !== length) length = `${length}${rest}`.length;
  return `${length}${rest}`;
}

/** Content blocks, filled up to a whole one. */
function putContent({ parts }: Writer, pieces: readonly Uint8Array[]): void {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  parts.push(...pieces, new Uint8Array(-length & (BLOCK - 1)));
}

const piecesOf = ({ bytes, data }: File) => data.map(([at, length]) => bytes.subarray(at, at + length));
const storedOf = ({ data }: File) => data.reduce((sum, [, length]) => sum + length, 0);

/** Where a hole is last, GNU tar ends a map with an empty piece at the file's end; others don't, but for a file of zeros. */
const mapOf = ({ bytes, data }: File, dice: Dice) =>
  data.length === 0 || dice.once(2) ? [...data, [bytes.length, 0] as const] : [...data];

/** Type S: four pieces in the header, 21 in each block that follows it. */
function putOldSparse(writer: Writer, said: Fields, file: File): void {
  const { dice } = writer;
  const map = mapOf(file, dice);
  const pairs = (block: Uint8Array, from: number, start: number, count: number) => {
    for (const [i, [at, length]] of map.slice(start, start + count).entries()) {
      number(block, from + 24 * i, 12, at, dice);
      number(block, from + 24 * i + 12, 12, length, dice);
    }
  };
  put(writer, { ...said, type: 'S', size: storedOf(file) }, 'gnu', '', (block) => {
    pairs(block, 386, 0, 4);
    block[482] = map.length > 4 ? 1 : 0;
    number(block, 483, 12, file.bytes.length, dice);
  });
  for (let start = 4; start < map.length; start += 21) {
    const block = new Uint8Array(BLOCK);
    pairs(block, 0, start, 21);
    block[504] = map.length > start + 21 ? 1 : 0;
    writer.parts.push(block);
  }
  putContent(writer, piecesOf(file));
}

function putPaxSparse(writer: Writer, said: Fields, file: File, version: (typeof PAX_SPARSE)[number]) {
  const map = mapOf(file, writer.dice);
  const size = `${file.bytes.length}`;
  if (version === '1.0') {
    const numbers = `${[map.length, ...map.flat()].join('\n')}\n`;
    const lines = numbers.padEnd(Math.ceil(numbers.length / BLOCK) * BLOCK, '\0');
    const records = [
      paxRecord('GNU.sparse.major', '1'),
      paxRecord('GNU.sparse.minor', '0'),
      paxRecord('GNU.sparse.name', said.name),
      paxRecord('GNU.sparse.realsize', size),
    ].join('');
    put(writer, { ...said, name: 'GNUSparseFile.0/x', size: lines.length + storedOf(file) }, 'pax', records);
    putContent(writer, [toBytes(lines), ...piecesOf(file)]);
    return;
  }
  const pieces =
    version === '0.1'
      ? [paxRecord('GNU.sparse.name', said.name), paxRecord('GNU.sparse.map', map.flat().join(','))]
      : map.map(
          ([at, length]) => paxRecord('GNU.sparse.offset', `${at}`) + paxRecord('GNU.sparse.numbytes', `${length}`),
        );
  const count = paxRecord('GNU.sparse.numblocks', `${map.length}`);
  const records = [paxRecord('GNU.sparse.size', size), count, ...pieces].join('');
  const name = version === '0.1' ? 'GNUSparseFile.0/x' : said.name;
  put(writer, { ...said, name, size: storedOf(file) }, 'pax', records);
  putContent(writer, piecesOf(file));
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
