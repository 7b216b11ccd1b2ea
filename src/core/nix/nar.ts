/**
 * The NAR of a store path, in pieces. Source: Nix manual, “Nix Archive (NAR) format”; src/libutil/archive.cc.
 * A NAR knows a file's contents and whether its owner may execute it, a link's target, a directory's names in the
 * order of their bytes, and nothing else.
 */
import type { Children, Node } from '../archive/index.ts';
import type { ByteString } from '../bytes.ts';

/** A piece of a NAR: framing and names in short, or a file's content, which lies where the node says. */
export type NarPiece = ShortFrame | Node;

/** Framing in a tenth of its bytes, for `fullFrame`: a character for each token, arguments ended by NUL. */
export type ShortFrame = ByteString;

const pad = (length: number) => -length & 7;

/** A string as a NAR holds it: length as 64-bit little-endian number, bytes, zeros to a multiple of 8. */
function framed(text: ByteString): string {
  return lengthField(text.length) + text + '\0'.repeat(pad(text.length));
}

const LENGTH_FIELD = 8;

function lengthField(length: number): string {
  let field = '';
  for (let i = 0, rest = length; i < LENGTH_FIELD; i++, rest = Math.floor(rest / 256))
    field += String.fromCharCode(rest % 256);
  return field;
}

const WORD = Object.fromEntries(
  [
    'nix-archive-1',
    '(',
    ')',
    'type',
    'regular',
    'executable',
    '',
    'contents',
    'symlink',
    'target',
    'directory',
    'entry',
    'name',
    'node',
  ].map((word) => [word, framed(word)]),
);
const words = (...all: string[]) => all.map((word) => WORD[word]!).join('');

/** What a character of a short frame stands for: words, an argument where it takes one, and the words after that. */
interface Token {
  readonly char: string;
  readonly before: string;
  readonly takes?: 'text' | 'number';
  readonly after?: string;
}

const TOKENS: Token[] = [];

function token(facts: Omit<Token, 'char'>): Token {
  const made = { char: String.fromCharCode(TOKENS.length), ...facts };
  TOKENS.push(made);
  return made;
}

const MAGIC = token({ before: words('nix-archive-1') });
const FILE = token({ before: words('(', 'type', 'regular', 'contents'), takes: 'number' });
const EXECUTABLE = token({ before: words('(', 'type', 'regular', 'executable', '', 'contents'), takes: 'number' });
/** By the zeros that come behind a content. */
const END_FILE = [0, 1, 2, 3, 4, 5, 6, 7].map((zeros) => token({ before: '\0'.repeat(zeros) + words(')') }));
const SYMLINK = token({ before: words('(', 'type', 'symlink', 'target'), takes: 'text', after: words(')') });
const DIRECTORY = token({ before: words('(', 'type', 'directory') });
const ENTRY = token({ before: words('entry', '(', 'name'), takes: 'text', after: words('node') });
const END = token({ before: words(')') });

/** The owner's execute bit. */
const OWNER_EXECUTES = 0o100;

/** The NAR of the tree below `root`, as few pieces as there are contents between which it runs on. */
export function* narPieces(root: Node, children: Children): Generator<NarPiece> {
  let frame = MAGIC.char;
  function* visit(node: Node): Generator<NarPiece> {
    const { inode } = node;
    if (inode.type === 'symlink') {
      frame += `${SYMLINK.char}${inode.target}\0`;
    } else if (inode.type === 'file') {
      frame += `${(inode.mode & OWNER_EXECUTES ? EXECUTABLE : FILE).char}${inode.size}\0`;
      if (inode.size > 0) {
        yield frame;
        yield node;
        frame = '';
      }
      frame += END_FILE[pad(inode.size)]!.char;
    } else {
      frame += DIRECTORY.char;
      for (const child of sorted(children.get(node)?.values() ?? [])) {
        frame += `${ENTRY.char}${child.name}\0`;
        yield* visit(child);
        frame += END.char;
      }
      frame += END.char;
    }
  }
  yield* visit(root);
  yield frame;
}

/** A frame as it stands in the NAR. */
export function fullFrame(short: ShortFrame): ByteString {
  let frame = '';
  for (const [{ before, takes, after = '' }, argument] of tokensOf(short)) {
    frame += before;
    if (takes) frame += (takes === 'text' ? framed(argument) : lengthField(Number(argument))) + after;
  }
  return frame;
}

/** How many bytes that has. */
export function frameLength(short: ShortFrame): number {
  let length = 0;
  for (const [{ before, takes, after = '' }, { length: text }] of tokensOf(short)) {
    length += before.length;
    if (takes) length += LENGTH_FIELD + (takes === 'text' ? text + pad(text) : 0) + after.length;
  }
  return length;
}

function* tokensOf(short: ShortFrame): Generator<readonly [Token, argument: ByteString]> {
  for (let at = 0; at < short.length; at++) {
    const token = TOKENS[short.charCodeAt(at)]!;
    const end = token.takes ? short.indexOf('\0', at + 1) : at;
    yield [token, short.slice(at + 1, end)];
    at = end;
  }
}

/** By the bytes of their names. */
const sorted = (nodes: Iterable<Node>): Node[] => [...nodes].sort((a, b) => (a.name < b.name ? -1 : 1));
