/** Modes that Nix would not have given. Source: Nix, canonicaliseTimestampAndPermissions in src/libstore/posix-fs-canonicalise.cc. */
import type { Entry, Node } from '../archive/index.ts';
import { type ByteString, display } from '../bytes.ts';
import { isStoreBaseName } from './store-path.ts';

/** A store path's first entry with such a mode, and how many there are. */
export interface OddModes {
  readonly storePath: ByteString;
  /** Where in the store path that is; '' for the store path itself. */
  readonly below: string;
  readonly mode: number;
  /** The modes that Nix gives. */
  readonly usual: string;
  /** What the entry is by its NAR. */
  readonly inNar: string;
  count: number;
}

const OWNER_EXECUTES = 0o100;

/** What Nix gives, by type and by whether the owner may execute it; links have no mode of their own. */
const isOdd = (type: 'file' | 'directory', mode: number) => mode !== 0o555 && (type === 'directory' || mode !== 0o444);

/** One finding for each store path that has such entries; directories that the archive only implies have the usual mode. */
export function findOddModes(nodes: readonly Node[], leftOut: ReadonlySet<Node>): OddModes[] {
  const found = new Map<Node, OddModes>();
  for (const node of nodes) {
    const { inode } = node;
    if (!inode.source || (inode.type !== 'file' && inode.type !== 'directory') || !isOdd(inode.type, inode.mode))
      continue;
    const root = storePathNode(node);
    const earlier = root && found.get(root);
    if (earlier) earlier.count++;
    else if (root && isStoreBaseName(root.name) && !leftOut.has(root)) found.set(root, describe(node, root, inode));
  }
  return [...found.values()];
}

/** The store path that a node is, or lies in. Paths are not put together for that: it is asked of many nodes. */
function storePathNode(node: Node): Node | undefined {
  for (let at = node; at.parent; at = at.parent) {
    const { parent } = at;
    if (parent.name === 'store' && parent.parent?.name === 'nix' && !parent.parent.parent) return at;
  }
  return undefined;
}

function describe({ path }: Node, root: Node, { type, mode }: Entry): OddModes {
  const isExecutable = type === 'file' && (mode & OWNER_EXECUTES) !== 0;
  return {
    storePath: `/${root.path}`,
    below: display(path.slice(root.path.length + 1)),
    mode,
    usual: type === 'directory' ? '0555' : '0444 or 0555',
    inNar: type === 'directory' ? 'a directory, 0555' : isExecutable ? 'executable, 0555' : 'not executable, 0444',
    count: 1,
  };
}
