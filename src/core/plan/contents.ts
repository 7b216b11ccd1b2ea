/** Tree → the inodes and names that the image will hold. */
import type { Entry, MissingParent, Node, Tree, Twins } from '../archive/index.ts';
import type { ByteString } from '../bytes.ts';
import { type Closure, storePathOf } from '../nix/index.ts';
import type { Options } from '../options.ts';

/** Links that an inode takes: EXT4_LINK_MAX. */
const MOST_LINKS = 65_000;

/** A symbolic link that no archive has. */
interface MadeLink {
  readonly type: 'symlink';
  readonly target: ByteString;
  readonly source?: undefined;
}

/** One name to make, in order. */
export interface Item {
  readonly node: Node;
  readonly inode: Entry | MissingParent | MadeLink;
  /** Permission bits and owner in the image. */
  mode: number;
  uid: number;
  gid: number;
  /** The item whose inode this is one more name of. */
  readonly linkTo: Item | undefined;
  /** Names that the inode of this item has in all. */
  links: number;
}

/**
 * Decides which nodes go into the image, who owns them, and which names share an inode.
 * @param twins files that share one although the archive does not say so
 */
export function selectItems(tree: Tree, closure: Closure, options: Options, twins: Twins): Item[] {
  const named = new Set(closure.paths.filter(({ info }) => info).map(({ path }) => path));
  const items: Item[] = [];
  const firstNames = new Map<Entry, Item>();
  for (const node of tree.nodes) {
    if (!isWanted(node, closure, named, options)) continue;
    const { inode } = node;
    const isShared = inode.source && inode.type !== 'directory' && options.links !== 'copy';
    const shareable = isShared ? (twins.get(inode) ?? inode) : undefined;
    const first = shareable && firstNames.get(shareable);
    const linkTo = first && first.links < MOST_LINKS ? first : undefined;
    const { mode, uid, gid } = permissions(node, options);
    const item = { node, inode, mode, uid, gid, linkTo, links: 1 };
    if (linkTo) {
      linkTo.links++;
      // What the store says of an inode holds for its names beside the store, too.
      if (storePathOf(node.path) && !storePathOf(linkTo.node.path)) Object.assign(linkTo, { mode, uid, gid });
    } else if (shareable) firstNames.set(shareable, item);
    items.push(item);
  }
  return items;
}

/** The original took the closure's store paths and nothing else of the archive. */
function isWanted(node: Node, closure: Closure, named: ReadonlySet<ByteString>, { profile }: Options): boolean {
  if (profile === 'default') return !isWithin(closure.consumed, node);
  const storePath = storePathOf(node.path);
  return storePath === undefined ? node.path === 'nix' || node.path === 'nix/store' : named.has(storePath);
}

function isWithin(nodes: ReadonlySet<Node>, node: Node): boolean {
  for (let above: Node | undefined = node; above; above = above.parent) if (nodes.has(above)) return true;
  return false;
}

/** Store entries belong to the builders' group; what lies beside the store keeps its own owner. */
function permissions({ path, inode }: Node, { profile, uid, gid }: Options) {
  if (storePathOf(path)) return { mode: inode.source ? inode.mode : 0o555, uid, gid };
  if (inode.source && profile === 'default') return { mode: inode.mode, uid: inode.uid, gid: inode.gid };
  return { mode: 0o755, uid: 0, gid: 0 };
}
