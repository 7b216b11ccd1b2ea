/** Any image, or disk with an ext4 partition → its superblock's facts and e2fsck's verdict. */
import { Refusal } from '../errors.ts';
import type { BuildHost } from '../index.ts';
import { findPartitions } from '../output/index.ts';
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
  const { place, superblock } = findFilesystem(name, image);
  const bytes = superblock.blocks * superblock.blockSize;
  if (place.size < bytes) {
    throw new Refusal('not-ext4', {
      name,
      why: `the filesystem has ${bytes} bytes and the file only ${place.size}: it was cut off`,
    });
  }
  return { superblock, check: await checkStore((program) => host.program(program), place, CLOCK) };
}

/** The image itself, or the first partition that holds an ext filesystem. */
function findFilesystem(name: string, image: BlockStore | Source) {
  for (const place of [image, ...partitionsOf(name, image)]) {
    const superblock = readSuperblock(place);
    if (superblock) return { place, superblock };
  }
  throw new Refusal('not-ext4', { name, why: 'it has no ext superblock, and no partition that has one' });
}

const partitionsOf = (name: string, disk: BlockStore | Source): Source[] =>
  findPartitions(disk).map(({ offset, length }) => ({
    name,
    size: length,
    read: (at, into) => disk.read(offset + at, into),
  }));
