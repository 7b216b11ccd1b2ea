/**
 * Entries → the tree that the image will hold: parents before children, each path once, hard links resolved.
 * Order is the archive's: contents can then be read front to back.
 */
import type { ByteString } from '../bytes.ts';
import { Refusal } from '../errors.ts';
import type { Entry } from './entry.ts';

/** One name in the image's tree. Hard links to one inode share `inode`. */
export interface Node {
  readonly path: ByteString;
  /** The last part of `path`. */
  readonly name: ByteString;
  /** `undefined` for what lies in the root directory. */
  readonly parent: Node | undefined;
  /** What the name stands for: the archive's entry, or a directory that the archive does not name. */
  readonly inode: Entry | MissingParent;
}

/** A directory that entries lie in and the archive has no entry for. */
export interface MissingParent {
  readonly type: 'directory';
  readonly source?: undefined;
}

export interface Tree {
  /** All nodes but the root, in the order they are to be made. */
  readonly nodes: readonly Node[];
  readonly byPath: ReadonlyMap<ByteString, Node>;
  readonly warnings: readonly string[];
}

const MISSING: MissingParent = { type: 'directory' };

/**
 * @param entries in archive order; later archives' entries after earlier ones'. The last entry of a path wins.
 * @throws Refusal `path-unsafe` for an entry below something that is no directory, `link-target` for a hard link
 *   to nothing, to a directory or in a circle
 */
export function buildTree(entries: readonly Entry[]): Tree {
  const warnings: string[] = [];
  const byName = new Map<ByteString, Entry>();
  let duplicates = 0;
  for (const entry of entries) {
    if (entry.path === '') continue;
    const earlier = byName.get(entry.path);
    if (earlier && earlier.source === entry.source && (earlier.type !== 'directory' || entry.type !== 'directory'))
      duplicates++;
    byName.set(entry.path, entry);
  }
  if (duplicates)
    warnings.push(`${duplicates} entries stand more than once in the archive: the last of each was taken.`);

  const byPath = new Map<ByteString, Node>();
  const add = (path: ByteString, below: Entry): Node => {
    const slash = path.lastIndexOf('/');
    const parent = slash < 0 ? undefined : directory(path.slice(0, slash), below);
    const entry = byName.get(path);
    const inode = entry === undefined ? MISSING : entry.type === 'link' ? follow(entry, byName) : entry;
    const node = { path, name: path.slice(slash + 1), parent, inode };
    byPath.set(path, node);
    return node;
  };
  const directory = (path: ByteString, below: Entry): Node => {
    const node = byPath.get(path) ?? add(path, below);
    if (node.inode.type !== 'directory') {
      const why = `lies below a ${node.inode.type === 'symlink' ? 'symbolic link' : 'file'}`;
      throw new Refusal('path-unsafe', { path: below.path, offset: below.header, why });
    }
    return node;
  };
  for (const [path, entry] of byName) if (!byPath.has(path)) add(path, entry);
  return { nodes: [...byPath.values()], byPath, warnings };
}

/** The entry that a hard link stands for, through links to links. */
function follow(link: Entry, byName: ReadonlyMap<ByteString, Entry>): Entry {
  const refuse = (why: string) => new Refusal('link-target', { path: link.path, offset: link.header, why });
  const seen = new Set<Entry>();
  for (let at = link; ; ) {
    if (at.type === 'directory') throw refuse('is a hard link to a directory');
    if (at.type !== 'link') return at;
    if (seen.has(at)) throw refuse('is a hard link in a circle');
    seen.add(at);
    const next = byName.get(at.target);
    if (!next) throw refuse('is a hard link to something that the archive lacks');
    at = next;
  }
}
