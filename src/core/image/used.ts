/** Which parts of a filesystem are in use. */

import type { LoadProgram } from '../module.ts';
import type { Range, Source } from '../storage/index.ts';
import { BLOCK_KINDS, readBlockMap } from './block-map.ts';

const FREE = BLOCK_KINDS.indexOf('free');

/**
 * All that is not free, in order. Zeros count where they mean something: what a journal or an inode table held before
 * must not show through an image that was flashed over it.
 */
export async function usedRanges(image: Source, { program }: { readonly program: LoadProgram }): Promise<Range[]> {
  const { blockSize, kinds } = await readBlockMap(program, image);
  const used: Range[] = [];
  for (let block = 0; block < kinds.length; ) {
    const first = block;
    const isFree = kinds[block] === FREE;
    while (block < kinds.length && (kinds[block] === FREE) === isFree) block++;
    if (!isFree) used.push({ offset: first * blockSize, length: (block - first) * blockSize });
  }
  return used;
}
