/**
 * Entries → the tree that the image will hold: parents before children, each path once, hard links resolved.
 * Order is the archive's: contents can then be read front to back.
 */
import { andMore, type ByteString, copied, display } from '../bytes.ts';
import { Refusal } from '../errors.ts';
import type { Source } from '../storage/index.ts';
import type { Entry, NamedEntry } from './entry.ts';

/** One name in the image's tree. Hard links to one inode share `inode`. */
export class Node {
  /** The last part of `path`. */
  readonly name: ByteString;
  /** `undefined` for what lies in the root directory. */
  readonly parent: Node | undefined;
  /** What the name stands for: the archive's entry, or a directory that the archive does not name. */
  readonly inode: Entry | MissingParent;

  constructor(name: ByteString, parent: Node | undefined, inode: Entry | MissingParent) {
    this.name = name;
    this.parent = parent;
    this.inode = inode;
  }

  /** Put together when it is asked for: paths would be the largest part of an index. */
  get path(): ByteString {
    return this.parent ? `${this.parent.path}/${this.name}` : this.name;
  }
}

/** A directory that entries lie in and the archive has no entry for. */
export interface MissingParent {
  readonly type: 'directory';
  readonly source?: undefined;
}

export interface Tree {
  /** All nodes but the root, in the order they are to be made. */
  readonly nodes: readonly Node[];
  /** Made when it is first asked for. */
  readonly byPath: ReadonlyMap<ByteString, Node>;
  readonly warnings: readonly string[];
}

const MISSING: MissingParent = { type: 'directory' };

/**
 * @param entries in archive order; later archives' entries after earlier ones'. The last entry of a path wins.
 * @throws Refusal `path-unsafe` for an entry below something that is no directory, `link-target` for a hard link
 *   to nothing, to a directory or in a circle
 */
export function buildTree(entries: readonly NamedEntry[]): Tree {
  const { byName, targets, warnings } = overlay(entries);
  return treeOf(placeNodes(byName, targets), warnings);
}

function treeOf(nodes: readonly Node[], warnings: readonly string[]): Tree {
  let byPath: Tree['byPath'] | undefined;
  return {
    nodes,
    warnings,
    get byPath() {
      byPath ??= new Map(nodes.map((node) => [node.path, node]));
      return byPath;
    },
  };
}

/** A node for each name and for the directories that it lies in. */
function placeNodes(byName: Overlaid['byName'], targets: Overlaid['targets']): Node[] {
  const byPath = new Map<ByteString, Node>();
  const add = (path: ByteString, below: NamedEntry): Node => {
    const slash = path.lastIndexOf('/');
    const parent = slash < 0 ? undefined : directory(path.slice(0, slash), below);
    const entry = byName.get(path);
    const inode = entry === undefined ? MISSING : follow(entry, targets, byName);
    const node = new Node(copied(path.slice(slash + 1)), parent, inode);
    byPath.set(path, node);
    return node;
  };
  const directory = (path: ByteString, below: NamedEntry): Node => {
    const node = byPath.get(path) ?? add(path, below);
    if (node.inode.type !== 'directory') {
      const why = `lies below a ${node.inode.type === 'symlink' ? 'symbolic link' : 'file'}`;
      throw new Refusal('path-unsafe', { path: below.path, offset: below.header, why });
    }
    return node;
  };
  for (const [path, entry] of byName) if (!byPath.has(path)) add(path, entry);
  return [...byPath.values()];
}

interface Overlaid {
  /** What each path stands for in the end. */
  readonly byName: ReadonlyMap<ByteString, NamedEntry>;
  /** Hard link → what its target stood for when it was made. */
  readonly targets: ReadonlyMap<Entry, Entry>;
  readonly warnings: readonly string[];
}

/** Lays entries over each other in order, as tar would unpack them. */
function overlay(entries: readonly NamedEntry[]): Overlaid {
  const byName = new Map<ByteString, NamedEntry>();
  const targets = new Map<Entry, Entry>();
  const twice: ByteString[] = [];
  const whiteouts: ByteString[] = [];
  const replaced = new Map<ByteString, Source>();
  // Directories that earlier archives have things in and no entry for.
  const implied = new Map<ByteString, Source>();
  const isOneArchive = entries[0]?.inode.source === entries.at(-1)?.inode.source;
  for (const entry of entries) {
    const { path, inode } = entry;
    const { source, type, target: linkPath } = inode;
    if (path === '') continue;
    const earlier = byName.get(path)?.inode;
    if (type === 'link') {
      const target = byName.get(linkPath);
      if (target) targets.set(inode, target.inode);
    }
    if (earlier && (earlier.type !== 'directory' || type !== 'directory')) {
      if (earlier.source === source) twice.push(path);
      else if (earlier.type === 'directory') replaced.set(path, source);
    } else if (!earlier && type !== 'directory' && (implied.get(path) ?? source) !== source) replaced.set(path, source);
    for (let slash = isOneArchive ? -1 : path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      const parent = path.slice(0, slash);
      if (byName.has(parent) || implied.has(parent)) break;
      implied.set(parent, source);
    }
    if (isWhiteout(path)) whiteouts.push(path);
    byName.set(path, entry);
  }
  if (replaced.size > 0) removeBelow(byName, replaced, entries);
  const warnings = [
    sayOf(twice, 'in the archive more than once: the last was taken'),
    sayOf([...replaced.keys()], 'a directory that a later archive replaces, with all that was in it'),
    sayOf(whiteouts, 'the name of a container layer’s whiteout: it is made like any other and hides nothing'),
  ];
  return { byName, targets, warnings: warnings.flatMap((warning) => warning ?? []) };
}

/** Removes what earlier archives had below directories that a later one replaced. */
function removeBelow(
  byName: Map<ByteString, NamedEntry>,
  replaced: ReadonlyMap<ByteString, Source>,
  entries: readonly NamedEntry[],
): void {
  const order = [...new Set(entries.map(({ inode }) => inode.source))];
  for (const [name, { inode }] of byName) {
    for (let slash = name.indexOf('/'); slash >= 0; slash = name.indexOf('/', slash + 1)) {
      const by = replaced.get(name.slice(0, slash));
      if (by && order.indexOf(inode.source) < order.indexOf(by)) byName.delete(name);
    }
  }
}

/** How layers of container images delete files of the layers below them (OCI image specification, “Whiteouts”). */
const isWhiteout = (path: ByteString) => path.startsWith('.wh.', path.lastIndexOf('/') + 1);

const sayOf = (paths: readonly ByteString[], what: string): string | undefined =>
  paths[0] && `“${display(paths[0])}”${andMore(paths)} is ${what}.`;

/** The entry that a name stands for: of a hard link what it leads to, through links to links. */
function follow({ path, header, inode }: NamedEntry, targets: Overlaid['targets'], byName: Overlaid['byName']): Entry {
  if (inode.type !== 'link') return inode;
  const refuse = (why: string) => new Refusal('link-target', { path, offset: header, why });
  const seen = new Set<Entry>();
  for (let at = inode; ; ) {
    if (at.type === 'directory') throw refuse('is a hard link to a directory');
    if (at.type !== 'link') return at;
    if (seen.has(at)) throw refuse('is a hard link in a circle');
    seen.add(at);
    const next = targets.get(at) ?? byName.get(at.target)?.inode;
    if (!next) throw refuse('is a hard link to something that the archive lacks');
    at = next;
  }
}
