/** Circles of references, which Nix can't register. Source: Tarjan, “Depth-first search and linear graph algorithms”. */
import type { ByteString } from '../bytes.ts';

/** Path → the paths that it refers to, itself perhaps among them. */
export type References = ReadonlyMap<ByteString, readonly ByteString[]>;

/** Paths that refer to each other, and a shortest circle of those through one of them: its first path once more at its end. */
export interface Circle {
  readonly members: readonly ByteString[];
  readonly way: readonly ByteString[];
}

/** One circle of each group of paths that all lead to one another; references of a path to itself are none. */
export function findCircles(references: References): Circle[] {
  return groupsOf(references)
    .filter(({ length }) => length > 1)
    .map((members) => ({ members, way: shortestCircle(members, references) }));
}

/** Tarjan's strongly connected components, depth first without recursion: chains of references can be long. */
function groupsOf(references: References): ByteString[][] {
  const groups: ByteString[][] = [];
  const order = new Map<ByteString, number>();
  const lowest = new Map<ByteString, number>();
  // What was entered and belongs to no group yet, twice: in order, and to be looked up.
  const stack: ByteString[] = [];
  const open = new Set<ByteString>();
  const enter = (path: ByteString) => {
    lowest.set(path, order.size);
    order.set(path, order.size);
    stack.push(path);
    open.add(path);
    return { path, next: 0 };
  };
  const lower = (path: ByteString, to: number) => lowest.set(path, Math.min(lowest.get(path)!, to));
  for (const start of references.keys()) {
    const trail = order.has(start) ? [] : [enter(start)];
    for (let top = trail.at(-1); top; top = trail.at(-1)) {
      const { path } = top;
      const reference = references.get(path)?.[top.next++];
      if (reference !== undefined) {
        if (!order.has(reference)) trail.push(enter(reference));
        else if (open.has(reference)) lower(path, order.get(reference)!);
        continue;
      }
      trail.pop();
      const below = trail.at(-1);
      if (below) lower(below.path, lowest.get(path)!);
      if (lowest.get(path) !== order.get(path)) continue;
      const group = stack.splice(stack.lastIndexOf(path));
      for (const member of group) open.delete(member);
      groups.push(group);
    }
  }
  return groups;
}

/** Breadth first from the group's first path back to it. */
function shortestCircle(members: readonly ByteString[], references: References): ByteString[] {
  const within = new Set(members);
  const start = [...members].sort()[0]!;
  const cameFrom = new Map<ByteString, ByteString>();
  const found: ByteString[] = [start];
  for (const path of found) {
    for (const reference of references.get(path) ?? []) {
      if (!within.has(reference) || reference === path || cameFrom.has(reference)) continue;
      cameFrom.set(reference, path);
      found.push(reference);
    }
    if (cameFrom.has(start)) break;
  }
  const way = [start];
  do way.unshift(cameFrom.get(way[0]!)!);
  while (way[0] !== start);
  return way;
}
