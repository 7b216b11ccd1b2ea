/** Any image → its superblock's facts and e2fsck's verdict. */
import { Refusal } from '../errors.ts';
import type { BuildHost } from '../index.ts';
import type { BlockStore, Source } from '../storage/index.ts';
import { type CheckVerdict, checkStore } from './programs.ts';
import { readSuperblock, type Superblock } from './superblock.ts';

export type { CheckVerdict } from './programs.ts';

/** Nothing that a check prints depends on the clock, as long as it stands still. */
const CLOCK = 1;

/** @throws Refusal `not-ext4` */
export async function checkImage(
  name: string,
  image: BlockStore | Source,
  host: Pick<BuildHost, 'program'>,
): Promise<{ superblock: Superblock; check: CheckVerdict }> {
  const superblock = readSuperblock(image);
  if (!superblock) throw new Refusal('not-ext4', { name, why: 'it has no ext superblock' });
  const bytes = superblock.blocks * superblock.blockSize;
  if (image.size < bytes) {
    throw new Refusal('not-ext4', {
      name,
      why: `the filesystem has ${bytes} bytes and the file only ${image.size}: it was cut off`,
    });
  }
  return { superblock, check: await checkStore((program) => host.program(program), image, CLOCK) };
}
