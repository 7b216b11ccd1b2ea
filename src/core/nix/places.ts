/** In which of a store path's entries a hash part stands. */
import type { Node } from '../archive/index.ts';
import type { ByteString } from '../bytes.ts';
import { HASH_LENGTH } from './references.ts';
import { storePathOf } from './store-path.ts';

/** Store path → hash parts. */
type HashesByPath = ReadonlyMap<ByteString, ReadonlySet<ByteString>>;

/** The first entry of each store path whose name, or target, has each of these hash parts; in one pass over all nodes. */
function findInNames(nodes: readonly Node[], wanted: HashesByPath): Map<ByteString, Map<ByteString, Node>> {
  const found = new Map(Array.from(wanted.keys(), (path) => [path, new Map<ByteString, Node>()]));
  if (wanted.size === 0) return found;
  for (const node of nodes) {
    const { inode } = node;
    const target = inode.type === 'symlink' ? inode.target : '';
    if (node.name.length < HASH_LENGTH && target.length < HASH_LENGTH) continue;
    const { path } = node;
    const storePath = storePathOf(path);
    const hashes = storePath && wanted.get(storePath);
    if (!hashes) continue;
    // A NAR does not know its own name.
    const name = path.length === storePath.length - 1 ? '' : node.name;
    const places = found.get(storePath)!;
    for (const hash of [...hashesIn(name), ...hashesIn(target)])
      if (hashes.has(hash) && !places.has(hash)) places.set(hash, node);
  }
  return found;
}

/** All that could be a hash part. */
const hashesIn = (text: ByteString): ByteString[] =>
  (text.match(/[0-9a-df-np-sv-z]{32,}/g) ?? []).flatMap((run) =>
    Array.from({ length: run.length - HASH_LENGTH + 1 }, (_, at) => run.slice(at, at + HASH_LENGTH)),
  );

/** A hash part in a store path's NAR, by the place that the analysis has for it. */
export interface Standing {
  readonly storePath: ByteString;
  readonly hash: ByteString;
  /** As `PathAnalysis` has it; `undefined` where no search found it. */
  readonly place: number | undefined;
  /** The nodes that places of contents count. */
  readonly contents: readonly Node[];
}

/** The entry that each of them stands in, where there is one. */
export function entriesOf(standing: readonly Standing[], nodes: readonly Node[]): (Node | undefined)[] {
  const inNames = new Map<ByteString, Set<ByteString>>();
  for (const { storePath, hash, place } of standing) {
    if (place === undefined || place >= 0) continue;
    inNames.set(storePath, (inNames.get(storePath) ?? new Set()).add(hash));
  }
  const found = findInNames(nodes, inNames);
  return standing.map(({ storePath, hash, place, contents }) => {
    if (place === undefined) return undefined;
    return place >= 0 ? contents[place] : found.get(storePath)!.get(hash);
  });
}
