/** Tree → what lies below each node. */
import type { Node, Tree } from './tree.ts';

/** What a node holds, itself and its bytes included; a hard-linked file counts once a name. */
export interface Size {
  entries: number;
  /** Bytes of files' contents. */
  bytes: number;
}

/** Sizes by node; `undefined` is the root. */
export function sizesOf({ nodes }: Tree): ReadonlyMap<Node | undefined, Size> {
  const sizes = new Map<Node | undefined, Size>([[undefined, { entries: 0, bytes: 0 }]]);
  for (const node of nodes) {
    sizes.set(node, { entries: 1, bytes: node.inode.type === 'file' ? node.inode.size : 0 });
  }
  // Parents come first, so backwards every node is complete before it is added to its parent.
  for (const node of nodes.toReversed()) {
    const [own, above] = [sizes.get(node)!, sizes.get(node.parent)!];
    above.entries += own.entries;
    above.bytes += own.bytes;
  }
  return sizes;
}
