/** Which parts of a filesystem are in use: asked of dumpe2fs. */
import { runDumpe2fs } from '../image/programs.ts';
import { readSuperblock } from '../image/superblock.ts';
import type { BuildHost } from '../index.ts';
import type { BlockStore, Range } from '../storage/index.ts';

/** dumpe2fs' line of each group: `  Free blocks: 9-12, 40`. */
const FREE_BLOCKS = /^ {2}Free blocks: (.+)$/gm;

/**
 * All that is not free, in order. Zeros count where they mean something: what a journal or an inode table held before
 * must not show through an image that was flashed over it.
 */
export async function usedRanges(store: BlockStore, host: Pick<BuildHost, 'program'>): Promise<Range[]> {
  const { blockSize } = readSuperblock(store)!;
  const listing = await runDumpe2fs((name) => host.program(name), store);
  const used: Range[] = [];
  let at = 0;
  for (const [, free] of listing.matchAll(FREE_BLOCKS))
    for (const piece of free!.split(', ')) {
      const [first, last = first] = piece.split('-').map(Number) as [number, number?];
      if (first * blockSize > at) used.push({ offset: at, length: first * blockSize - at });
      at = (last! + 1) * blockSize;
    }
  if (store.size > at) used.push({ offset: at, length: store.size - at });
  return used;
}
