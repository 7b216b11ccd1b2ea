/** Where the ext filesystem is in what a person gives: the image itself, or a partition of a disk. */

import { findPartitions } from '../disk/index.ts';
import { Refusal } from '../errors.ts';
import type { BlockStore, Source } from '../storage/index.ts';
import { readSuperblock, type Superblock } from './superblock.ts';

export interface Filesystem {
  readonly place: BlockStore | Source;
  readonly superblock: Superblock;
}

/**
 * The image itself, or the first partition that holds an ext filesystem.
 * @throws Refusal `not-ext4`, also when its end is missing
 */
export function findFilesystem(name: string, image: BlockStore | Source): Filesystem {
  const found = lookForFilesystem(name, image);
  if (!found) throw new Refusal('not-ext4', { name, why: 'it has no ext superblock, and no partition that has one' });
  const { place, superblock } = found;
  const bytes = superblock.blocks * superblock.blockSize;
  if (place.size < bytes) {
    throw new Refusal('not-ext4', {
      name,
      why: `the filesystem has ${bytes} bytes and the file only ${place.size}: it was cut off`,
    });
  }
  return found;
}

/** Whether something has an ext superblock, or a partition that has one. */
export const holdsFilesystem = (image: Source): boolean => lookForFilesystem(image.name, image) !== undefined;

function lookForFilesystem(name: string, image: BlockStore | Source): Filesystem | undefined {
  for (const place of [image, ...partitionsOf(name, image)]) {
    const superblock = readSuperblock(place);
    if (superblock) return { place, superblock };
  }
  return undefined;
}

const partitionsOf = (name: string, disk: BlockStore | Source): Source[] =>
  findPartitions(disk).map(({ offset, length }) => ({
    name,
    size: length,
    read: (at, into) => disk.read(offset + at, into),
  }));
