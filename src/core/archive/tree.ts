/**
 * Entries → the tree that the image will hold: parents before children, each path once, hard links resolved.
 * Order is the archive's: contents can then be read front to back.
 */
import { andMore, type ByteString, copied, display } from '../bytes.ts';
import { Refusal } from '../errors.ts';
import type { Source } from '../storage/index.ts';
import type { Entry, NamedEntry } from './entry.ts';
import { type MacNote, sayMacOs } from './macos.ts';
import type { EndNote } from './tar.ts';

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

/** Directory → its names, and what they are; `undefined` is the root. */
export type Children = ReadonlyMap<Node | undefined, ReadonlyMap<ByteString, Node>>;

/** Archives' names, laid over each other. */
export interface Tree {
  /** All nodes but the root, in the order they are to be made. */
  readonly nodes: readonly Node[];
  /** Directories without names in them are left out. */
  readonly children: Children;
  readonly warnings: readonly string[];
  /** Archives without the blocks of zeros at their end: nothing in them says that they are whole. */
  readonly unended: readonly EndNote[];
}

/** The node of a path; `undefined` where there is none, and for the root. */
export function findNode({ children }: Pick<Tree, 'children'>, path: ByteString): Node | undefined {
  let node: Node | undefined;
  for (const name of path.split('/')) {
    node = children.get(node)?.get(name);
    if (!node) return undefined;
  }
  return node;
}

const MISSING: MissingParent = { type: 'directory' };

/** A node whose meaning may still change. */
type Growing = { -readonly [K in 'inode']: Node[K] };

/** Takes entries one by one, as tar would unpack them: what comes later is laid over what was there. */
export class TreeBuilder {
  readonly #nodes: Node[] = [];
  readonly #children = new Map<Node | undefined, Map<ByteString, Node>>();
  /** Offsets of the headers that made the nodes, for messages; and of those that were laid over them. */
  readonly #headers: number[] = [];
  readonly #laterHeaders = new Map<Node, number>();
  /** Hard link → what its target stood for when it was made. */
  readonly #targets = new Map<Entry, Entry>();
  /** Archives in their order. */
  readonly #order = new Map<Source, number>();
  /** What lay below directories that later archives replaced: links may still lead there. */
  readonly #removed = new Set<Node>();
  readonly #buried = new Map<ByteString, Entry>();
  readonly #twice = new Set<ByteString>();
  readonly #replaced = new Set<ByteString>();
  readonly #whiteouts: ByteString[] = [];
  readonly #ends: EndNote[] = [];
  readonly #macOs: MacNote[] = [];
  /** The directory of the entry before: the next one often lies there, too. */
  #last: { readonly path: ByteString; readonly node: Node | undefined } = ROOT;

  add({ path, header, inode }: NamedEntry): void {
    if (path === '') return;
    if (!this.#order.has(inode.source)) this.#order.set(inode.source, this.#order.size);
    if (inode.type === 'link') {
      const target = this.#entryOf(inode.target);
      if (target) this.#targets.set(inode, target);
    }
    const slash = path.lastIndexOf('/');
    const parent = slash < 0 ? undefined : this.#directory(path.slice(0, slash), header);
    const name = path.slice(slash + 1);
    const earlier = this.#children.get(parent)?.get(name);
    if (!(earlier && this.#layOver(earlier, path, header, inode))) this.#make(name, parent, header, inode);
    if (name.startsWith(WHITEOUT)) this.#whiteouts.push(path);
  }

  addNote(note: EndNote | MacNote): void {
    if ('end' in note) this.#ends.push(note);
    else this.#macOs.push(note);
  }

  /**
   * @throws Refusal `path-unsafe` for an entry below something that is no directory, `link-target` for a hard link
   *   to nothing, to a directory or in a circle
   */
  finish(): Tree {
    const links: [link: Node, inode: Entry][] = [];
    this.#nodes.forEach((node, index) => {
      const { inode } = node;
      if (!inode.source || this.#removed.has(node)) return;
      const header = this.#laterHeaders.get(node) ?? this.#headers[index]!;
      const above = noDirectoryAbove(node);
      if (above) {
        const why = `lies below a ${above.inode.type === 'symlink' ? 'symbolic link' : 'file'}`;
        throw new Refusal('path-unsafe', { path: node.path, offset: header, why });
      }
      if (inode.type === 'link') links.push([node, this.#follow(node, inode, header)]);
    });
    // Only now: a link may lead by way of others.
    for (const [link, inode] of links) (link as Growing).inode = inode;
    const warnings = [
      sayOf([...this.#twice], 'in the archive more than once: the last was taken'),
      sayOf([...this.#replaced], 'a directory that a later archive replaces, with all that was in it'),
      sayOf(this.#whiteouts, 'the name of a container layer’s whiteout: it is made like any other and hides nothing'),
    ];
    return {
      nodes: this.#removed.size > 0 ? this.#nodes.filter((node) => !this.#removed.has(node)) : this.#nodes,
      children: this.#children,
      warnings: [
        ...this.#ends.flatMap(sayOfEnd),
        ...sayMacOs(this.#macOs),
        ...warnings.flatMap((warning) => warning ?? []),
      ],
      unended: this.#ends.filter(({ end }) => end === 'missing'),
    };
  }

  #make(name: ByteString, parent: Node | undefined, header: number, inode: Node['inode']): Node {
    const node = new Node(copied(name), parent, inode);
    const siblings = this.#children.get(parent);
    if (siblings) siblings.set(node.name, node);
    else this.#children.set(parent, new Map([[node.name, node]]));
    this.#nodes.push(node);
    this.#headers.push(header);
    return node;
  }

  /** The node of a directory, made with those that it lies in where they are missing. */
  #directory(path: ByteString, header: number): Node | undefined {
    if (path === this.#last.path) return this.#last.node;
    let node: Node | undefined;
    for (const name of path.split('/'))
      node = this.#children.get(node)?.get(name) ?? this.#make(name, node, header, MISSING);
    this.#last = { path, node };
    return node;
  }

  /** Gives a path another meaning; returns `false` where nothing is left of the earlier one. */
  #layOver(node: Node, path: ByteString, header: number, inode: Entry): boolean {
    const { type, source } = node.inode;
    if (type !== 'directory' || inode.type !== 'directory') {
      if (source === inode.source) this.#twice.add(path);
      else if (type === 'directory') {
        const isAny = this.#removeBelow(node, inode.source);
        if (source || isAny) this.#replaced.add(path);
        if (!source && !this.#children.has(node)) {
          this.#remove(node);
          return false;
        }
      }
    }
    (node as Growing).inode = inode;
    this.#laterHeaders.set(node, header);
    return true;
  }

  /** Removes what earlier archives have below a directory that is replaced; returns whether there was any. */
  #removeBelow(node: Node, by: Source): boolean {
    let isAny = false;
    for (const child of this.#children.get(node)?.values() ?? []) {
      const isAnyBelow = this.#removeBelow(child, by);
      const { inode } = child;
      const isOlder = inode.source !== undefined && this.#order.get(inode.source)! < this.#order.get(by)!;
      isAny ||= isAnyBelow || isOlder;
      if (isOlder) {
        this.#buried.set(child.path, inode);
        (child as Growing).inode = MISSING;
      }
      if (!child.inode.source && !this.#children.has(child)) this.#remove(child);
    }
    return isAny;
  }

  #remove(node: Node): void {
    const siblings = this.#children.get(node.parent)!;
    siblings.delete(node.name);
    if (siblings.size === 0) this.#children.delete(node.parent);
    this.#removed.add(node);
    this.#last = ROOT;
  }

  /** What the archives say of a path so far. */
  #entryOf(path: ByteString): Entry | undefined {
    const inode = findNode({ children: this.#children }, path)?.inode;
    return inode?.source ? inode : this.#buried.get(path);
  }

  /** The entry that a hard link leads to, through links to links. */
  #follow({ path }: Node, link: Entry, header: number): Entry {
    const refuse = (why: string) => new Refusal('link-target', { path, offset: header, why });
    const seen = new Set<Entry>();
    for (let at = link; ; ) {
      if (at.type === 'directory') throw refuse('is a hard link to a directory');
      if (at.type !== 'link') return at;
      if (seen.has(at)) throw refuse('is a hard link in a circle');
      seen.add(at);
      const next = this.#targets.get(at) ?? this.#entryOf(at.target);
      if (!next) throw refuse('is a hard link to something that the archive lacks');
      at = next;
    }
  }
}

/** The root as the directory that an entry lies in. */
const ROOT = { path: '', node: undefined };

/** How layers of container images delete files of the layers below them (OCI image specification, “Whiteouts”). */
const WHITEOUT = '.wh.';

/** What a node lies below that is no directory. */
function noDirectoryAbove({ parent }: Node): Node | undefined {
  for (let above = parent; above; above = above.parent) if (above.inode.type !== 'directory') return above;
  return undefined;
}

const sayOf = (paths: readonly ByteString[], what: string): string | undefined =>
  paths[0] && `“${display(paths[0])}”${andMore(paths)} is ${what}.`;

const sayOfEnd = ({ end, name, offset }: EndNote): string[] =>
  end === 'missing'
    ? []
    : [`${name} has one block of zeros at offset ${offset} and no header behind it: what follows was left out.`];

/** The tree of entries that are all there. @throws as `TreeBuilder.finish` */
export function buildTree(entries: Iterable<NamedEntry>): Tree {
  const builder = new TreeBuilder();
  for (const entry of entries) builder.add(entry);
  return builder.finish();
}
