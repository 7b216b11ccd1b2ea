/** Image → what each block is used for: from the bitmaps, as dumpe2fs prints them, and the journal's own inode. */
import { Refusal } from '../errors.ts';
import type { LoadProgram } from '../module.ts';
import type { Source } from '../storage/index.ts';
import { Debugfs, runProgram } from './program.ts';
import { IMAGE, only } from './programs.ts';

/** What a block can be used for. */
export const BLOCK_KINDS = ['data', 'metadata', 'journal', 'free'] as const;
export type BlockKind = (typeof BLOCK_KINDS)[number];

/** A picture of a filesystem. */
export interface BlockMap {
  readonly blockSize: number;
  /** For each block the index of its kind. */
  readonly kinds: Uint8Array;
}

/** EXT2_JOURNAL_INO. */
const JOURNAL = '<8>';

/** `… at 26`, `… at 30-1629`: where a group's own structures lie. */
const STRUCTURE = /(?:superblock|descriptors|Reserved GDT blocks|bitmap|Inode table) at (\d+)(?:-(\d+))?/g;
const FREE = /^ {2}Free blocks: (.+)$/gm;

/** @throws Refusal `not-ext4` */
export async function readBlockMap(program: LoadProgram, image: Source): Promise<BlockMap> {
  const host = { files: only(image), clock: 1 };
  const { status, output } = runProgram(await program('dumpe2fs'), [IMAGE], host);
  const number = (name: string) => Number(new RegExp(`^${name}: +(\\d+)$`, 'm').exec(output)?.[1]);
  const [blocks, blockSize] = [number('Block count'), number('Block size')];
  if (status !== 0 || !blocks) throw new Refusal('not-ext4', { name: image.name, why: 'dumpe2fs can’t read it' });
  const kinds = new Uint8Array(blocks);
  const mark = (kind: BlockKind, from: string, to = from) =>
    kinds.fill(BLOCK_KINDS.indexOf(kind), Number(from), Number(to) + 1);
  for (const [, from, to] of output.matchAll(STRUCTURE)) mark('metadata', from!, to);
  for (const [, ranges] of output.matchAll(FREE)) {
    for (const [, from, to] of ranges!.matchAll(/(\d+)(?:-(\d+))?/g)) mark('free', from!, to);
  }
  if (/^Journal inode: /m.test(output)) {
    const debugfs = new Debugfs(await program('debugfs'), IMAGE, false, host);
    for (const [block] of debugfs.command(['blocks', JOURNAL]).matchAll(/\d+/g)) mark('journal', block);
  }
  return { blockSize, kinds };
}
