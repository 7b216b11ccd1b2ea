/**
 * A binary cache's folder, packed as tar: `<hash>.narinfo` files, and the NARs that they name, compressed or not.
 * What lies in the NARs takes the place of the files; NARs that are not compressed are read where they lie.
 */
import { contentOf, type Entry, findNode, type NamedEntry, type Node, type Tree } from '../archive/index.ts';
import type { ByteString } from '../bytes.ts';
import { isRefusal, Refusal } from '../errors.ts';
import { readStart, type Source, type Spool } from '../storage/index.ts';
import type { PathInfo } from './manifest.ts';
import { NarReader, readNar } from './nar-reader.ts';
import { parseNarInfo } from './narinfo.ts';

/** A narinfo has some hundred bytes, and one line for all references. */
const MOST_NARINFO = 2 ** 22;

const NARINFO = /(^|\/)[0-9abcdfghijklmnpqrsvwxyz]{32}\.narinfo$/;

export interface CacheHost {
  isCompressed(source: Source): boolean;
  /** Appends what is in a compressed NAR of an archive; returns how many bytes that is. */
  expandInto(spool: Spool, nar: Source): Promise<number>;
  createSpool(name: string): Promise<Spool>;
}

export const isBinaryCache = (tree: Tree): boolean => tree.nodes.some(({ path }) => NARINFO.test(path));

/** A NAR in an archive, or in the spool. */
interface Nar {
  readonly info: PathInfo;
  /** The archive that has its narinfo. */
  readonly cache: Source;
  readonly source: Source | 'spool';
  readonly from: number;
  readonly to: number;
}

/**
 * @param archives what the tree was made of; later ones still lie over earlier ones
 * @returns all entries of the NARs, and of archives that are no cache; what the narinfos say; and the source of those
 *   NARs that were compressed
 * @throws Refusal `manifest-format`, `nar-damaged`, `compressed-*`, `archive-truncated`, `spool-*`
 */
export async function readBinaryCache(
  tree: Tree,
  archives: readonly Source[],
  host: CacheHost,
): Promise<{ entries: NamedEntry[]; infos: PathInfo[]; spooled: Source[] }> {
  const caches = new Set<Source>();
  const nars: Nar[] = [];
  let spool: Spool | undefined;
  let spooledBytes = 0;
  for (const { path, inode } of tree.nodes) {
    if (inode.type !== 'file' || !NARINFO.test(path)) continue;
    caches.add(inode.source);
    const name = `${inode.source.name}: ${path}`;
    const { url, info } = parseNarInfo(name, await read(inode, name));
    const file = findNode(tree, path.slice(0, path.lastIndexOf('/') + 1) + url)?.inode;
    if (file?.type !== 'file') {
      const why = `its URL names “${url}”, which the archive lacks`;
      throw new Refusal('manifest-format', { name, line: 1, why, kind: 'narinfo' });
    }
    const nar = narOf(file);
    const cache = inode.source;
    if (host.isCompressed(nar)) {
      spool ??= await host.createSpool(cache.name);
      const from = spooledBytes;
      spooledBytes += await host.expandInto(spool, nar).catch((error) => {
        throw tellingWhatFor(error, cache);
      });
      nars.push({ info, cache, source: 'spool', from, to: spooledBytes });
    } else nars.push({ info, cache, source: file.source, from: file.offset, to: file.offset + file.size });
  }
  const spooled = spool ? [await spool.finish()] : [];
  const firsts = new Map<Entry, ByteString>();
  const entriesOf = new Map(archives.map((archive) => [archive, [] as NamedEntry[]]));
  for (const node of tree.nodes) {
    const entry = otherEntry(node, caches, firsts);
    if (entry) entriesOf.get(entry.inode.source)!.push(entry);
  }
  for (const { info, cache, source, from, to } of nars) {
    const reader = new NarReader(source === 'spool' ? spooled[0]! : source, from, to);
    for (const entry of await readNar(reader, info.path.slice(1))) entriesOf.get(cache)!.push(entry);
    if (!reader.ended) throw reader.damaged(`something follows the NAR of ${info.path}`, reader.at);
  }
  const entries = archives.flatMap((archive) => entriesOf.get(archive)!);
  return { entries, infos: nars.map(({ info }) => info), spooled };
}

const tellingWhatFor = (error: unknown, { name }: Source) =>
  isRefusal(error, 'storage-full') ? new Refusal('spool-full', { name, why: error.facts.why }) : error;

async function read(file: Entry, name: string): Promise<Uint8Array> {
  if (file.size > MOST_NARINFO)
    throw new Refusal('manifest-format', { name, line: 1, why: 'it is larger than 4 MiB', kind: 'narinfo' });
  await file.source.prefetch?.(file.offset, file.offset + file.size);
  return readStart(contentOf(file));
}

/** A file of the tar as a source of its own, fetched ahead as the tar is. */
function narOf(file: Entry): Source {
  const { source, offset } = file;
  return { ...contentOf(file), prefetch: async (start, end) => source.prefetch?.(offset + start, offset + end) };
}

/**
 * The entry that a node of an archive that is no cache stands for: more names of an inode become links again.
 * @param firsts inode → its first name, as far as they have been seen
 */
function otherEntry(
  { path, inode }: Node,
  caches: ReadonlySet<Source>,
  firsts: Map<Entry, ByteString>,
): NamedEntry | undefined {
  if (!inode.source || caches.has(inode.source)) return undefined;
  const first = firsts.get(inode);
  if (first === undefined) firsts.set(inode, path);
  const named = first === undefined ? inode : ({ ...inode, type: 'link', target: first } as const);
  return { path, header: inode.offset, inode: named };
}
