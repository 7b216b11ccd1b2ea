/** `--root`: a filesystem that is mounted at /nix or /nix/store holds what lies below that directory, as its root. */
import { Node } from '../archive/index.ts';
import { type ByteString, display } from '../bytes.ts';
import { REGISTRATION } from '../nix/index.ts';
import type { Options } from '../options.ts';
import type { Item } from './contents.ts';

/** What a filesystem of a root holds. */
export interface Rooted {
  /** The items below the root; their nodes' paths begin there. */
  readonly items: readonly Item[];
  /** The item whose directory the filesystem's own root stands for; `undefined` for `/`. */
  readonly top: Item | undefined;
  readonly warnings: readonly string[];
}

/** The directory of every ext4 filesystem that mke2fs makes, for what e2fsck finds. */
const LOST_AND_FOUND = 'lost+found';

/** A path in the archive, of a path in the filesystem. */
export const archivePath = ({ root }: Options, path: ByteString): ByteString =>
  root === '/' ? path : `${root.slice(1)}/${path}`;

/** Leaves out what lies outside the root or where the filesystem has something of its own, with warnings. */
export function placeInRoot(items: readonly Item[], options: Options): Rooted {
  const { root, registration } = options;
  const above = root.slice(1);
  const own = [LOST_AND_FOUND, ...(registration === 'none' ? [] : [REGISTRATION])].map((name) =>
    archivePath(options, name),
  );
  const outside: ByteString[] = [];
  const taken: ByteString[] = [];
  const inside = items.filter(({ node: { path }, inode }) => {
    if (own.some((name) => isBelow(name, path) || path === name)) taken.push(path);
    else if (isBelow(above, path)) return true;
    else if (inode.source && path !== above && !isBelow(path, above)) outside.push(path);
    return false;
  });
  const warnings = [
    ...sayThat(outside, `outside ${root}, where this filesystem will be mounted`),
    ...sayThat(taken, 'where the filesystem has something of its own'),
  ];
  const isWhole = inside.length === items.length;
  return {
    items: isWhole ? items : moved(inside),
    top: items.find(({ node }) => node.path === above),
    warnings,
  };
}

/** Whether `path` lies below the directory `above`; everything lies below `''`. */
const isBelow = (above: ByteString, path: ByteString) => above === '' || path.startsWith(`${above}/`);

const sayThat = ([first, ...more]: readonly ByteString[], where: string): string[] =>
  first === undefined
    ? []
    : [`“${display(first)}”${more.length ? ` and ${more.length} more lie` : ' lies'} ${where}: left out.`];

/** The items with paths that begin below `above`; names of an inode whose first name is gone share among themselves. */
function moved(items: readonly Item[]): Item[] {
  const nodes = new Map<Node | undefined, Node>();
  const firsts = new Map<Item, Item>();
  return items.map((item) => {
    const { name, parent, inode } = item.node;
    const node = new Node(name, nodes.get(parent), inode);
    nodes.set(item.node, node);
    const key = item.linkTo ?? item;
    const linkTo = firsts.get(key);
    const copy = { ...item, node, linkTo, links: 1 };
    if (linkTo) linkTo.links++;
    else firsts.set(key, copy);
    return copy;
  });
}
