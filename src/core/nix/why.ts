/** What keeps a store path in its closure. */
import type { Node } from '../archive/index.ts';
import { type ByteString, display, fromText } from '../bytes.ts';
import { Refusal } from '../errors.ts';
import type { Closure } from './closure.ts';
import { type Analysed, hashPart, type Registered } from './examine.ts';
import { entriesOf } from './places.ts';
import { storePathOf } from './store-path.ts';

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
 * A shortest way from a root to a path, none for a root itself. Breadth first from the roots: the first way found is a
 * shortest. A path that no root leads to is in a circle, or behind one: the way is that circle, or begins in it.
 * @param target one of the registered paths
 * @param nodes the tree's
 */
export function whyDepends(
  target: ByteString,
  registered: readonly Registered[],
  analysed: Analysed,
  nodes: readonly Node[],
): WhyStep[] {
  const references = new Map(registered.map((one) => [one.path, one.references]));
  const cameFrom = new Map<ByteString, ByteString | undefined>(rootsOf(registered).map((root) => [root, undefined]));
  for (const path of cameFrom.keys()) {
    for (const reference of references.get(path) ?? []) if (!cameFrom.has(reference)) cameFrom.set(reference, path);
  }
  const way = cameFrom.has(target) ? wayBack(target, (path) => cameFrom.get(path)) : wayFromCircle(target, registered);
  const standing = way.map(([from, to]) => {
    const { analysis, contents } = analysed.get(from)!;
    const hash = hashPart(to);
    return { storePath: from, hash, place: analysis.found.get(hash), contents };
  });
  const places = entriesOf(standing, nodes);
  return way.map(([from, to], index) => {
    const place = places[index];
    return { from, to, file: place && display(place.path) };
  });
}

type Way = [from: ByteString, to: ByteString][];

/** From referrer to referrer, until there is none or it was there before. */
function wayBack(target: ByteString, referrerOf: (path: ByteString) => ByteString | undefined): Way {
  const way: Way = [];
  const seen = new Set<ByteString>();
  for (let to = target, from = referrerOf(to); from !== undefined && !seen.has(to); to = from, from = referrerOf(to)) {
    seen.add(to);
    way.unshift([from, to]);
  }
  return way;
}

function wayFromCircle(target: ByteString, registered: readonly Registered[]): Way {
  const referrers = new Map<ByteString, ByteString>();
  for (const { path, references } of registered)
    for (const reference of references)
      if (reference !== path && !referrers.has(reference)) referrers.set(reference, path);
  return wayBack(target, (path) => referrers.get(path));
}

/**
 * The store path that a person means: itself, something in it, its base name or its hash part, with or without slashes.
 * @throws Refusal `why-unknown`
 */
export function findStorePath(text: string, { paths }: Closure): ByteString {
  const relative = fromText(text).replace(/^\/+|\/+$/g, '');
  const path = storePathOf(relative) ?? storePathOf(`nix/store/${relative}`);
  const found = paths.find((one) => one.path === path || hashPart(one.path) === relative);
  if (!found) throw new Refusal('why-unknown', { text });
  return found.path;
}
