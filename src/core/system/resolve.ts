/** Paths in the tree, as a booted system would follow them. */
import { type Node, readContent, type Tree } from '../archive/index.ts';
import { type ByteString, byteString } from '../bytes.ts';

/** Links that are followed at most. Source: MAXSYMLINKS of Linux' include/linux/namei.h. */
const MOST_LINKS = 40;

/** What a path stands for, links followed; `undefined` where there is nothing, or a circle of links. */
export function resolve({ children }: Pick<Tree, 'children'>, path: ByteString): Node | undefined {
  const left = path.split('/').reverse();
  let node: Node | undefined;
  let links = 0;
  while (left.length > 0) {
    const name = left.pop()!;
    if (name === '' || name === '.') continue;
    if (name === '..') {
      node = node?.parent;
      continue;
    }
    const next = children.get(node)?.get(name);
    if (next?.inode.type === 'symlink') {
      if (++links > MOST_LINKS) return undefined;
      const { target } = next.inode;
      if (target.startsWith('/')) node = undefined;
      left.push(...target.split('/').reverse());
    } else if (next) node = next;
    else return undefined;
  }
  return node;
}

/** Bytes of the largest file of these kinds. */
const MOST_BYTES = 2 ** 20;

/** A small file's content; `undefined` where the path leads to none, or to a larger one. */
export async function readSmall(tree: Pick<Tree, 'children'>, path: ByteString): Promise<ByteString | undefined> {
  const inode = resolve(tree, path)?.inode;
  if (inode?.type !== 'file' || inode.size > MOST_BYTES) return undefined;
  return byteString(await readContent(inode));
}
