/** Any image, or disk with an ext4 partition → its superblock's facts and e2fsck's verdict. */
import type { LoadProgram } from '../module.ts';
import type { BlockStore, Source } from '../storage/index.ts';
import { findFilesystem } from './filesystem.ts';
import { type CheckVerdict, checkStore } from './programs.ts';
import type { Superblock } from './superblock.ts';

export type { CheckVerdict } from './programs.ts';

/** Nothing that a check prints depends on the clock, as long as it stands still. */
const CLOCK = 1;

/** @throws Refusal `not-ext4` */
export async function checkImage(
  name: string,
  image: BlockStore | Source,
  host: { readonly program: LoadProgram },
): Promise<{ superblock: Superblock; check: CheckVerdict }> {
  const { place, superblock } = findFilesystem(name, image);
  return { superblock, check: await checkStore((program) => host.program(program), place, CLOCK) };
}
