/**
 * How large the filesystem is to be. `fit` asks mke2fs itself, on an empty sparse store, what it takes for a size:
 * free space does not grow steadily with size (the journal steps, inode counts are rounded per group, a last group that
 * is too small is left out).
 */
import { isRefusal, Refusal } from '../errors.ts';
import type { Options } from '../options.ts';
import type { Item } from './contents.ts';
import type { Demand } from './demand.ts';
import { featureArguments } from './features.ts';

const MiB = 2 ** 20;

/** The empty filesystem that mke2fs makes on a size. */
export interface EmptyFilesystem {
  readonly blockSize: number;
  readonly freeBlocks: number;
  readonly freeInodes: number;
}

/** Bytes of make-ext4-fs.nix' formula. */
export function originalBytes(items: readonly Item[]): number {
  // `find | wc -l` and `du --apparent-size` over the store paths; du counts a hard-linked inode once.
  const counted = new Set<unknown>();
  let entries = 0;
  let total = 0;
  for (const { node, inode } of items) {
    if (!node.path.startsWith('nix/store/')) continue;
    entries++;
    if (inode.type === 'directory') total += 4096;
    else if (!counted.has(inode)) total += inode.type === 'file' ? inode.size : inode.target.length;
    counted.add(inode);
  }
  const dataBlocks = Math.floor(Math.ceil(total / 4096) * 1.03);
  return 2 * 4096 * entries + 4096 * dataBlocks;
}

/** mke2fs' arguments for a size, without the image; an explicit size, so that the machine's page size plays no part. */
export function mke2fsArguments(options: Options, bytes: number, inodes: number): { before: string[]; size: string } {
  const { profile, label, uuid, reserved } = options;
  const geometry = profile === 'original' ? [] : ['-b', '4096', '-N', String(inodes)];
  const choices = [...featureArguments(options), '-m', String(reserved)];
  const names = ['-L', label, '-U', uuid, '-E', `hash_seed=${uuid}`];
  return { before: ['-q', '-t', 'ext4', ...geometry, ...choices, ...names], size: `${bytes / 1024}k` };
}

/** Runs of blocks that are broken in a group. */
const BROKEN_RUNS = 2;

/** mke2fs makes no journal below 2,048 blocks. */
const LEAST = { default: 8 * MiB, none: MiB } as const;

/** Bytes that mke2fs makes an inode for where it is not told a number, at least (wasm/mke2fs.conf). */
const INODE_RATIO = 4096;

/**
 * Decides the image's size in bytes.
 * @param demand what the contents take with a block size
 * @param probe makes an empty filesystem of a size and says what is free
 */
export function decideBytes(
  options: Options,
  items: readonly Item[],
  demand: (blockSize: number) => Demand,
  probe: (bytes: number) => EmptyFilesystem,
): number {
  if (typeof options.size === 'number') {
    if (options.size < 4096) throw new Refusal('image-too-small', { bytes: options.size, why: 'less than one block' });
    return Math.floor(options.size / 4096) * 4096;
  }
  if (options.size === 'original') return Math.ceil((originalBytes(items) + options.headroom) / 4096) * 4096;
  const { blocks, inodes } = demand(4096);
  const tables = (inodes + options.inodeHeadroom) * 256;
  const least = Math.max(LEAST[options.journal], Math.ceil((blocks * 4096 + options.headroom + tables) / MiB) * MiB);
  // Bytes that are left over in a filesystem of a size, less than none where it is too small.
  const surplus = (bytes: number): number => {
    const empty = bytes < 2 * least + 64 * MiB ? tooSmallIsNone(probe, bytes) : probe(bytes);
    if (!empty) return -MiB;
    const { blockSize, freeBlocks, freeInodes } = empty;
    const need = demand(blockSize);
    // A bitmap of one block counts a group's blocks, another one its inodes.
    const groups = Math.ceil(bytes / blockSize / (8 * blockSize)) + Math.ceil(need.inodes / (8 * blockSize));
    const space =
      (freeBlocks - need.blocks - Math.min(need.brokenRuns, BROKEN_RUNS * groups)) * blockSize - options.headroom;
    return Math.min(space, (freeInodes - need.inodes - options.inodeHeadroom) * INODE_RATIO);
  };
  let bytes = least;
  let over = surplus(bytes);
  for (; over < 0; over = surplus(bytes)) bytes += Math.ceil(-over / MiB) * MiB;
  // Growing by what was lacking overshoots where a step was passed; take back whole MiB while it still fits.
  for (let spare = Math.floor(over / MiB); spare > 0; spare = Math.floor(spare / 2)) {
    if (bytes - spare * MiB >= least && surplus(bytes - spare * MiB) >= 0) bytes -= spare * MiB;
  }
  return bytes;
}

/** mke2fs refuses a size that its own tables don't fit into. */
function tooSmallIsNone(probe: (bytes: number) => EmptyFilesystem, bytes: number): EmptyFilesystem | undefined {
  try {
    return probe(bytes);
  } catch (error) {
    if (isRefusal(error, 'image-too-small')) return undefined;
    throw error;
  }
}
