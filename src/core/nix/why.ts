/** What keeps a store path in its closure. */
import type { Node } from '../archive/index.ts';
import { type ByteString, display } from '../bytes.ts';
import { type AnalysedPath, hashPart, type Registered } from './examine.ts';

/** One reference on the way from a root to a path. */
export interface WhyStep {
  readonly from: string;
  readonly to: string;
  /** The file or link in which the reference stands; `undefined` when only the manifest says so. */
  readonly file: string | undefined;
}

/** The paths that no other path refers to. */
export function rootsOf(registered: readonly Registered[]): ByteString[] {
  const referred = new Set(
    registered.flatMap(({ path, references }) => references.filter((reference) => reference !== path)),
  );
  return registered.map(({ path }) => path).filter((path) => !referred.has(path));
}

/**
 * A shortest way from a root to a path, none for a root itself; `undefined` when none leads there. Breadth first from the
 * roots: the first way found is a shortest.
 * @param nodes the tree's
 */
export function whyDepends(
  target: ByteString,
  registered: readonly Registered[],
  analysed: ReadonlyMap<ByteString, AnalysedPath>,
  nodes: readonly Node[],
): WhyStep[] | undefined {
  const references = new Map(registered.map((one) => [one.path, one.references]));
  const cameFrom = new Map<string, string | undefined>(rootsOf(registered).map((root) => [root, undefined]));
  for (const path of cameFrom.keys()) {
    for (const reference of references.get(path) ?? []) if (!cameFrom.has(reference)) cameFrom.set(reference, path);
  }
  if (!cameFrom.has(target)) return undefined;
  const steps: WhyStep[] = [];
  for (let to = target, from = cameFrom.get(to); from !== undefined; to = from, from = cameFrom.get(to)) {
    const place = placeOf(hashPart(to), from, analysed.get(from)!, nodes);
    steps.unshift({ from, to, file: place && display(place.path) });
  }
  return steps;
}

/** What names and links say stands before the content of the file that follows them: they are looked at first. */
function placeOf(
  hash: ByteString,
  storePath: ByteString,
  { analysis, contents }: AnalysedPath,
  nodes: readonly Node[],
): Node | undefined {
  const step = analysis.found.get(hash);
  if (step === undefined) return undefined;
  const below = `${storePath.slice(1)}/`;
  const isPlace = ({ path, name, inode }: Node) =>
    `${path}/`.startsWith(below) &&
    ((inode.type === 'symlink' && inode.target.includes(hash)) || (path.length > below.length && name.includes(hash)));
  return nodes.find(isPlace) ?? contents[step];
}
