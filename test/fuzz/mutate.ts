/** Damage and harm: bytes changed where it matters, checksums made right again so that it gets past them. */
import { crc32 } from 'node:zlib';
import { byteString, toBytes } from '../../src/core/bytes.ts';
import type { Dice } from './dice.ts';

type Bytes = Uint8Array<ArrayBuffer>;
type Mutation = (bytes: Bytes, dice: Dice) => Bytes;

const BLOCK = 512;

/** Numbers at which something ends: a sign, a field, a format, ext4, JavaScript's integers. */
const NUMBERS = [
  0,
  1,
  7,
  255,
  256,
  4095,
  4096,
  2 ** 20,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 40,
  2 ** 44,
  2 ** 53 - 1,
  2 ** 53,
];
/** Words that archives and manifests give a meaning to. */
const WORDS = [
  '..',
  '.',
  '/',
  '//',
  '/nix/store/',
  'nix',
  'nix/store',
  'lost+found',
  'nix-path-registration',
  '\0',
  '\n',
  '-1',
  ' ',
  'NaN',
  '1e3',
  '0x10',
  'path=',
  'GNU.sparse.major=1',
  'GNU.sparse.map=0,1',
  'size=',
  'ustar\x0000',
  'ustar  \0',
  'regular',
  'directory',
  'symlink',
  'executable',
  '\xff\xff\xff\xff\xff\xff\xff\xff',
  '{}',
  '[]',
  'null',
  '"',
  'sha256:',
];

const changed = (bytes: Bytes, at: number, by: Uint8Array): Bytes => {
  const copy = bytes.slice();
  copy.set(by.subarray(0, Math.max(0, bytes.length - at)), at);
  return copy;
};
const joined = (...parts: Uint8Array[]): Bytes => new Uint8Array(Buffer.concat(parts));

const MUTATIONS: readonly Mutation[] = [
  // A bit, a byte, a word, a number as text, a number as NARs have it.
  (bytes, dice) => {
    const at = dice.below(bytes.length);
    return changed(bytes, at, Uint8Array.of(bytes[at]! ^ (1 << dice.below(8))));
  },
  (bytes, dice) => changed(bytes, dice.below(bytes.length), Uint8Array.of(dice.below(256))),
  (bytes, dice) => changed(bytes, dice.below(bytes.length), toBytes(dice.one(WORDS))),
  (bytes, dice) => {
    const numbers = [...byteString(bytes).matchAll(/\d+/g)];
    const number = numbers.length > 0 ? dice.one(numbers) : undefined;
    if (!number) return bytes;
    const text = dice
      .one(NUMBERS)
      .toString(dice.one([8, 10]))
      .slice(-number[0].length);
    return changed(bytes, number.index, toBytes(text.padStart(number[0].length, '0')));
  },
  (bytes, dice) => {
    const long = new Uint8Array(8);
    new DataView(long.buffer).setBigUint64(0, BigInt(dice.one(NUMBERS)), true);
    return changed(bytes, Math.floor(dice.below(bytes.length) / 8) * 8, long);
  },
  // Something put in, taken out, told twice, cut off.
  (bytes, dice) => {
    const at = dice.below(bytes.length);
    return joined(bytes.subarray(0, at), toBytes(dice.one(WORDS)), bytes.subarray(at));
  },
  (bytes, dice) => {
    const [from, to] = range(bytes, dice);
    return joined(bytes.subarray(0, from), bytes.subarray(to));
  },
  (bytes, dice) => {
    const [from, to] = range(bytes, dice);
    return joined(bytes.subarray(0, to), bytes.subarray(from));
  },
  (bytes, dice) => bytes.slice(0, dice.below(bytes.length)),
];

const range = (bytes: Bytes, dice: Dice): [number, number] => {
  const from = dice.below(bytes.length);
  return [from, Math.min(bytes.length, from + 1 + dice.below(64))];
};

/** Any bytes, changed in one to three ways. */
export function mutate(bytes: Bytes, dice: Dice): Bytes {
  let mutant = bytes;
  for (let left = 1 + dice.below(3); left > 0 && mutant.length > 0; left--) mutant = dice.one(MUTATIONS)(mutant, dice);
  return mutant;
}

/** Bytes at a compressed stream's ends: its header and that of its first block, its checksum and index. */
const ENDS = 32;

/** A compressed stream: anywhere or at its ends, a header with a right checksum, or with another stream behind it. */
export function mutateCompressed(bytes: Bytes, other: Bytes, dice: Dice): Bytes {
  if (dice.once(12))
    return joined(bytes, new Uint8Array(dice.below(3) * 4), dice.once(2) ? mutate(other, dice) : other);
  if (dice.once(2)) return mutate(bytes, dice);
  if (dice.once(2)) return joined(bytes.subarray(0, -ENDS), mutate(bytes.slice(-ENDS), dice));
  return withXzSums(joined(mutate(bytes.slice(0, ENDS), dice), bytes.subarray(ENDS)));
}

/** The checksums of an xz stream's header and its first block's made right, where it is one. Source: The .xz File Format 1.1.0, 2.1.1 and 3.1. */
function withXzSums(bytes: Bytes): Bytes {
  const block = 12;
  if (byteString(bytes, 0, 6) !== '\xfd7zXZ\0' || bytes.length <= block) return bytes;
  const view = new DataView(bytes.buffer);
  const length = 4 * bytes[block]!;
  view.setUint32(8, crc32(bytes.subarray(6, 8)), true);
  if (block + length + 4 <= bytes.length)
    view.setUint32(block + length, crc32(bytes.subarray(block, block + length)), true);
  return bytes;
}

/** A tar changed in one to three ways: mostly its headers, each with a right checksum, or the order of its blocks. */
export function mutateTar(bytes: Bytes, dice: Dice): Bytes {
  if (dice.once(10)) return mutate(bytes, dice);
  if (dice.once(30)) return withOtherEnd(bytes, dice);
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += BLOCK) blocks.push(bytes.slice(at, at + BLOCK));
  for (let left = 1 + dice.below(3); left > 0; left--) {
    const headers = blocks.flatMap((block, index) => (isHeader(block) ? [index] : []));
    const at = headers.length > 0 && !dice.once(5) ? dice.one(headers) : dice.below(blocks.length);
    const other = dice.below(blocks.length);
    if (dice.once(4)) {
      // A block is lost, told again, or changes places.
      if (dice.once(3)) blocks.splice(at, 1);
      else if (dice.once(2)) blocks.splice(other, 0, blocks[at]!);
      else [blocks[at], blocks[other]] = [blocks[other]!, blocks[at]!];
    } else blocks[at] = inHeader(blocks[at]!, dice);
    if (blocks.length === 0) break;
  }
  return joined(...blocks);
}

/** Without the blocks of zeros at its end, or with one of them and something else behind it. */
function withOtherEnd(bytes: Bytes, dice: Dice): Bytes {
  const end = Math.ceil((bytes.findLastIndex((byte) => byte !== 0) + 1) / BLOCK) * BLOCK;
  const zeros = dice.below(2) * BLOCK;
  return joined(bytes.subarray(0, end), new Uint8Array(zeros), new Uint8Array(zeros && dice.below(3) * BLOCK).fill(1));
}

const CONTENTS = '\x08\0\0\0\0\0\0\0contents';

/** A stream of NARs, changed anywhere or in the padding of a file's contents. */
export function mutateNars(bytes: Bytes, dice: Dice): Bytes {
  const text = byteString(bytes);
  const at = text.indexOf(CONTENTS, dice.below(text.length)) + CONTENTS.length;
  if (at < CONTENTS.length || !dice.once(10)) return mutate(bytes, dice);
  const size = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(at, true));
  const mutant = bytes.slice();
  if (size % 8 > 0) mutant[at + 8 + size] = 1;
  return mutant;
}

/** A header's fields: [offset, length]. The name, numbers, type, link, magic, prefix and sparse map of either format. */
const FIELDS = [
  [0, 100],
  [100, 8],
  [108, 8],
  [116, 8],
  [124, 12],
  [124, 12],
  [156, 1],
  [156, 1],
  [157, 100],
  [257, 8],
  [345, 155],
  [386, 12],
  [398, 12],
  [482, 1],
  [483, 12],
] as const;
/** Names that mean something to the image, to the closure or to the reader. */
const NAMES = [
  'nix',
  'nix/store',
  'nix/store/a',
  'nix/store/x/..',
  'lost+found',
  'lost+found/x',
  'nix-path-registration',
].concat([
  'nix-path-registration/x',
  'closure-x',
  `nix/store/${'0'.repeat(32)}-a`,
  `nix/store/${'0'.repeat(32)}-a/b/c/d`,
  `nix/store/${'0'.repeat(32)}-a.lock`,
  'nix/store/.links/x',
  'nix/store/._x',
  'nix/store/x~nix~case~hack~1',
  '.',
  '',
]);
const TYPES = '\x000123456789DKLMNSVXgxA';

function inHeader(block: Uint8Array, dice: Dice): Uint8Array {
  const copy = block.slice();
  const [at, length] = dice.one(FIELDS);
  const field = copy.subarray(at, at + length);
  if (length === 1) field[0] = dice.once(3) ? dice.below(256) : TYPES.charCodeAt(dice.below(TYPES.length));
  else if (length === 8 || length === 12) {
    const number = dice.one(NUMBERS);
    field.set(
      toBytes(
        number
          .toString(8)
          .padStart(length - 1, '0')
          .slice(1 - length),
      ),
    );
    if (dice.once(3)) {
      field.fill(0);
      field[0] = 0x80;
      new DataView(copy.buffer).setBigUint64(at + length - 8, BigInt(number) | (length === 8 ? 1n << 63n : 0n));
    }
  } else if (dice.once(2)) field.set(toBytes(dice.one(NAMES).padEnd(length, '\0').slice(0, length)));
  else field.set(mutate(field.slice(), dice).subarray(0, length));
  return isHeader(block) && !dice.once(10) ? summed(copy) : copy;
}

function sumOf(block: Uint8Array): number {
  let sum = 8 * 0x20;
  for (const [at, byte] of block.entries()) if (at < 148 || at >= 156) sum += byte;
  return sum;
}

const isHeader = (block: Uint8Array) =>
  block.length === BLOCK && Number.parseInt(byteString(block, 148, 156), 8) === sumOf(block);

/** With the right checksum. */
export function summed(block: Uint8Array): Uint8Array {
  block.set(toBytes(`${sumOf(block).toString(8).padStart(6, '0')}\0 `), 148);
  return block;
}
