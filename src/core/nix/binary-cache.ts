/**
 * A binary cache's folder, packed as tar: `<hash>.narinfo` files, and the NARs that they name, compressed or not.
 * What lies in the NARs takes the place of the cache's files; NARs that are not compressed are read where they lie.
 * Source of the folder: Nix, src/libstore/binary-cache-store.cc.
 */
import {
  contentOf,
  type Entry,
  findNode,
  type NamedEntry,
  type Node,
  readContent,
  type Tree,
} from '../archive/index.ts';
import { type ByteString, display } from '../bytes.ts';
import { isRefusal, Refusal } from '../errors.ts';
import type { Source, Spool } from '../storage/index.ts';
import type { PathInfo } from './manifest.ts';
import { NarReader, readNar } from './nar-reader.ts';
import { parseNarInfo } from './narinfo.ts';
import { storePathOf } from './store-path.ts';

/** A narinfo has some hundred bytes, and one line for all references. */
const MOST_NARINFO = 2 ** 22;

const NARINFO = /(^|\/)[0-9abcdfghijklmnpqrsvwxyz]{32}\.narinfo$/;

export interface CacheHost {
  isCompressed(source: Source): boolean;
  /** Appends what is in a compressed NAR of an archive; returns how many bytes that is. */
  expandInto(spool: Spool, nar: Source): Promise<number>;
  createSpool(name: string): Promise<Spool>;
}

/** What a cache's folder holds besides its narinfos. */
const OWN = /^(nix-cache-info|nar|log|realisations|debuginfo|[0-9abcdfghijklmnpqrsvwxyz]{32}\.ls)$/;

export const isBinaryCache = (tree: Tree): boolean => tree.nodes.some(isNarInfo);

/** A store path may hold narinfos, too: those are files like any other. */
function isNarInfo({ name, path }: Node): boolean {
  return name.endsWith('.narinfo') && NARINFO.test(path) && storePathOf(path) === undefined;
}

/** A NAR in an archive, or in the spool. */
interface Nar {
  readonly info: PathInfo;
  /** Of its file, for messages. */
  readonly name: string;
  /** The archive that has its narinfo. */
  readonly cache: Source;
  readonly source: Source | 'spool';
  readonly from: number;
  readonly to: number;
}

/**
 * @param archives what the tree was made of; later ones still lie over earlier ones
 * @returns all entries of the NARs, and of whatever is no cache's; what the narinfos say; and the source of those NARs
 *   that were compressed
 * @throws Refusal `manifest-format`, `nar-damaged`, `nar-truncated`, `compressed-*`, `spool-*`
 */
export async function readBinaryCache(
  tree: Tree,
  archives: readonly Source[],
  host: CacheHost,
): Promise<{ entries: NamedEntry[]; infos: PathInfo[]; spooled: Source[] }> {
  const folders = new Set<Node | undefined>();
  const used = new Set<Node>();
  const nars: Nar[] = [];
  let spool: Spool | undefined;
  let spooledBytes = 0;
  for (const narinfo of tree.nodes) {
    const { path, inode } = narinfo;
    if (inode.type !== 'file' || !isNarInfo(narinfo)) continue;
    folders.add(narinfo.parent);
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    const { url, info, refuseUrl } = parseNarInfo(`${inode.source.name}: ${path}`, await read(inode, path));
    const node = findNode(tree, folder + url);
    const file = node?.inode;
    if (!node || file?.type !== 'file') throw refuseUrl(`its URL names “${display(url)}”, which the archive lacks`);
    used.add(node);
    const name = `${file.source.name}: ${display(node.path)} (${info.path})`;
    const nar = narOf(file, name);
    const cache = inode.source;
    if (host.isCompressed(nar)) {
      spool ??= await host.createSpool(cache.name);
      const from = spooledBytes;
      spooledBytes += await host.expandInto(spool, nar).catch((error) => {
        throw tellingWhatFor(error, cache);
      });
      nars.push({ info, name, cache, source: 'spool', from, to: spooledBytes });
    } else nars.push({ info, name, cache, source: file.source, from: file.offset, to: file.offset + file.size });
  }
  const spooled = spool ? [await spool.finish()] : [];
  const firsts = new Map<Entry, ByteString>();
  const entriesOf = new Map(archives.map((archive) => [archive, [] as NamedEntry[]]));
  for (const node of othersOf(tree.nodes, folders, used)) {
    const entry = entryOf(node, firsts);
    if (entry) entriesOf.get(entry.inode.source)!.push(entry);
  }
  for (const { info, name, cache, source, from, to } of nars) {
    const reader = new NarReader(source === 'spool' ? spooled[0]! : source, from, to, name);
    for (const entry of await readNar(reader, info.path.slice(1))) entriesOf.get(cache)!.push(entry);
    if (!reader.ended) throw reader.damaged(`something follows the NAR of ${info.path}`, reader.at);
  }
  const entries = archives.flatMap((archive) => entriesOf.get(archive)!);
  return { entries, infos: nars.map(({ info }) => info), spooled };
}

const tellingWhatFor = (error: unknown, { name }: Source) =>
  isRefusal(error, 'storage-full') ? new Refusal('spool-full', { name, why: error.facts.why }) : error;

async function read(file: Entry, path: ByteString): Promise<Uint8Array> {
  const why = 'it is larger than 4 MiB';
  if (file.size > MOST_NARINFO)
    throw new Refusal('manifest-format', { name: `${file.source.name}: ${path}`, line: 1, why, kind: 'narinfo' });
  return readContent(file);
}

/** A file of the tar as a source of its own, fetched ahead as the tar is. */
function narOf(file: Entry, name: string): Source {
  const { source, offset } = file;
  return { ...contentOf(file), name, prefetch: async (start, end) => source.prefetch?.(offset + start, offset + end) };
}

/**
 * The nodes that are no cache's: not its narinfos, NARs and other files, nor directories that hold nothing else.
 * @param folders the caches'; `undefined` is the root
 * @param used the files that narinfos name
 */
function othersOf(nodes: readonly Node[], folders: ReadonlySet<Node | undefined>, used: ReadonlySet<Node>): Node[] {
  const own = new Set<Node>(used);
  for (const node of nodes) {
    const isOwn = folders.has(node.parent) && (OWN.test(node.name) || isNarInfo(node));
    if (isOwn || (node.parent && own.has(node.parent))) own.add(node);
  }
  const around = new Set<Node>();
  for (const folder of folders) for (let node = folder; node && !around.has(node); node = node.parent) around.add(node);
  for (const node of nodes) {
    if (own.has(node) || around.has(node)) continue;
    for (let { parent } = node; parent && around.delete(parent); ) parent = parent.parent;
  }
  return nodes.filter((node) => !own.has(node) && !around.has(node));
}

/**
 * The entry that a node stands for: more names of an inode become links again.
 * @param firsts inode → its first name, as far as they have been seen
 */
function entryOf({ path, inode }: Node, firsts: Map<Entry, ByteString>): NamedEntry | undefined {
  if (!inode.source) return undefined;
  const first = firsts.get(inode);
  if (first === undefined) firsts.set(inode, path);
  const named = first === undefined ? inode : ({ ...inode, type: 'link', target: first } as const);
  return { path, header: inode.offset, inode: named };
}
