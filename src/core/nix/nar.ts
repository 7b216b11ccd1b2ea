/**
 * The NAR of a store path, in pieces. Source: Nix manual, “Nix Archive (NAR) format”; src/libutil/archive.cc.
 * A NAR knows a file's contents and whether its owner may execute it, a link's target, a directory's names in the
 * order of their bytes, and nothing else.
 */
import type { Node } from '../archive/index.ts';
import { type ByteString, toBytes } from '../bytes.ts';

/** A piece of a NAR: framing and names, or a file's content, which lies where the node says. */
export type NarPiece = Uint8Array<ArrayBuffer> | Node;

/** Store path's node → its children by name: a directory listing of the tree. */
export type Children = ReadonlyMap<Node, readonly Node[]>;

const pad = (length: number) => -length & 7;

/** A string as a NAR holds it: length as 64-bit little-endian number, bytes, zeros to a multiple of 8. */
function framed(text: ByteString): string {
  return lengthField(text.length) + text + '\0'.repeat(pad(text.length));
}

function lengthField(length: number): string {
  let field = '';
  for (let i = 0, rest = length; i < 8; i++, rest = Math.floor(rest / 256)) field += String.fromCharCode(rest % 256);
  return field;
}

const MAGIC = framed('nix-archive-1');
const TOKEN = Object.fromEntries(
  [
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
  ].map((token) => [token, framed(token)]),
);
const tokens = (...names: string[]) => names.map((name) => TOKEN[name]!).join('');

const OPEN_FILE = tokens('(', 'type', 'regular');
const EXECUTABLE = tokens('executable', '');
const CONTENTS = tokens('contents');
const OPEN_SYMLINK = tokens('(', 'type', 'symlink', 'target');
const OPEN_DIRECTORY = tokens('(', 'type', 'directory');
const OPEN_ENTRY = tokens('entry', '(', 'name');
const NODE = tokens('node');
const CLOSE = tokens(')');

/** The owner's execute bit. */
const OWNER_EXECUTES = 0o100;

/** The NAR of the tree below `root`, as few pieces as there are contents between which it runs on. */
export function* narPieces(root: Node, children: Children): Generator<NarPiece> {
  let frame = MAGIC;
  function* visit(node: Node): Generator<NarPiece> {
    const { inode } = node;
    if (inode.type === 'symlink') {
      frame += OPEN_SYMLINK + framed(inode.target) + CLOSE;
    } else if (inode.type === 'file') {
      frame += OPEN_FILE + (inode.mode & OWNER_EXECUTES ? EXECUTABLE : '') + CONTENTS + lengthField(inode.size);
      if (inode.size > 0) {
        yield toBytes(frame);
        yield node;
        frame = '\0'.repeat(pad(inode.size));
      }
      frame += CLOSE;
    } else {
      frame += OPEN_DIRECTORY;
      for (const child of children.get(node) ?? []) {
        frame += OPEN_ENTRY + framed(child.name) + NODE;
        yield* visit(child);
        frame += CLOSE;
      }
      frame += CLOSE;
    }
  }
  yield* visit(root);
  yield toBytes(frame);
}

/** Every directory's children, sorted by the bytes of their names. */
export function childrenOf(nodes: readonly Node[]): Children {
  const children = new Map<Node, Node[]>();
  for (const node of nodes) {
    if (!node.parent) continue;
    const siblings = children.get(node.parent);
    if (siblings) siblings.push(node);
    else children.set(node.parent, [node]);
  }
  for (const siblings of children.values()) siblings.sort((a, b) => (a.name < b.name ? -1 : 1));
  return children;
}
