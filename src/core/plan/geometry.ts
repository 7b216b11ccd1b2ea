/**
 * How large the filesystem is to be. `fit` asks mke2fs itself, on an empty sparse store, what it takes for a size:
 * free space does not grow steadily with size (the journal steps, inode counts are rounded per group).
 */
import type { Entry } from '../archive/index.ts';
import { Refusal } from '../errors.ts';
import { REGISTRATION } from '../nix/index.ts';
import type { Options } from '../options.ts';
import type { Item } from './contents.ts';
import { DirectoryLayout } from './directory.ts';
import { featureArguments, hasChecksums } from './features.ts';

const MiB = 2 ** 20;

/** What the contents take of a filesystem, beyond what mke2fs itself takes. */
export interface Demand {
  readonly inodes: number;
  readonly blocks: number;
}

/** The empty filesystem that mke2fs makes on a size. */
export interface EmptyFilesystem {
  readonly blockSize: number;
  readonly freeBlocks: number;
  readonly freeInodes: number;
}

/** A target of this length and more does not fit into the inode (EXT2_N_BLOCKS * 4). */
const SLOW_SYMLINK = 60;
/** Blocks that one extent maps (EXT_INIT_MAX_LEN), extents that an inode holds, entries of a 4 KiB extent block. */
const EXTENT_BLOCKS = 32768;
const INODE_EXTENTS = 4;
const BLOCK_EXTENTS = 340;

/** Inodes and blocks for the items and the registration, an upper bound: no block of zeros is dropped. */
export function demandOf(
  items: readonly Item[],
  registrationBytes: number | undefined,
  blockSize: number,
  options: Options,
): Demand {
  const layout = new DirectoryLayout(blockSize, hasChecksums(options));
  let inodes = 0;
  let blocks = 0;
  for (const { node, inode, linkTo } of items) {
    if (layout.add(node.parent, node.name.length)) blocks++;
    if (linkTo) continue;
    inodes++;
    if (inode.type === 'directory') blocks++;
    else if (inode.type === 'file') blocks += fileBlocks(inode, blockSize);
    else if (inode.target.length >= SLOW_SYMLINK) blocks++;
  }
  if (registrationBytes !== undefined) {
    inodes++;
    blocks += fileBlocks({ size: registrationBytes, segments: undefined }, blockSize);
    if (layout.add(undefined, REGISTRATION.length)) blocks++;
  }
  return { inodes, blocks };
}

/** Blocks of a file's data, holes left out, and of the extents that map them. */
function fileBlocks({ size, segments }: Pick<Entry, 'size' | 'segments'>, blockSize: number): number {
  let data = 0;
  let runs = 0;
  let end = 0;
  for (const { at, length } of segments ?? [{ at: 0, length: size }]) {
    const from = Math.max(end, Math.floor(at / blockSize));
    if (from > end || runs === 0) runs++;
    end = Math.ceil((at + length) / blockSize);
    data += Math.max(0, end - from);
  }
  return data + extentBlocks(data, runs);
}

/**
 * Extent blocks of a file of so many data blocks in so many runs. Nothing is ever freed during a build, so a run is
 * broken only where a block group's own metadata stands in the way: once an extent, generously. Where blocks of zeros
 * break it further, each break saves more than the extent that it costs.
 */
function extentBlocks(dataBlocks: number, runs: number): number {
  const extents = 2 * Math.ceil(dataBlocks / EXTENT_BLOCKS) + runs - 1;
  return extents <= INODE_EXTENTS ? 0 : 1 + Math.ceil((2 * extents) / BLOCK_EXTENTS);
}

/** Bytes of make-ext4-fs.nix' formula, and an inode count only in the profile that goes beyond it. */
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

/** Decides the image's size in bytes. `probe` makes an empty filesystem of a size and says what is free. */
export function decideBytes(
  options: Options,
  items: readonly Item[],
  demand: Demand,
  probe: (bytes: number) => EmptyFilesystem,
): number {
  if (typeof options.size === 'number') {
    if (options.size < 4096) throw new Refusal('image-too-small', { bytes: options.size, why: 'less than one block' });
    return Math.floor(options.size / 4096) * 4096;
  }
  if (options.size === 'original') return originalBytes(items) + options.headroom;
  const need = demand.blocks * 4096 + options.headroom;
  const surplus = (bytes: number) => probe(bytes).freeBlocks * 4096 - need;
  // Where to begin: an inode's table entry has 256 bytes; below 8 MiB there is no journal.
  const least = Math.max(8 * MiB, Math.ceil((need + (demand.inodes + options.inodeHeadroom) * 256) / MiB) * MiB);
  let bytes = least;
  for (let over = surplus(bytes); over < 0; over = surplus(bytes)) bytes += Math.ceil(-over / MiB) * MiB;
  // Growing by what was lacking overshoots where a step was passed; take back whole MiB while it still fits.
  for (let spare = Math.floor(surplus(bytes) / MiB); spare > 0; spare = Math.floor(spare / 2)) {
    if (bytes - spare * MiB >= least && surplus(bytes - spare * MiB) >= 0) bytes -= spare * MiB;
  }
  return bytes;
}
