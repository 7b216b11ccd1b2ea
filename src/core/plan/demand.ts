/**
 * What the contents take of a filesystem, computed before it exists: inodes, blocks of data, of directories, of long
 * link targets and of extents. An upper bound that is exact where it is known which blocks are zeros and how long the
 * registration is.
 */
import { dataBlocks, type Entry, type Node, type ZeroCells } from '../archive/index.ts';
import { Refusal } from '../errors.ts';
import { REGISTRATION } from '../nix/index.ts';
import type { Options } from '../options.ts';
import type { Item } from './contents.ts';
import { DirectoryLayout } from './directory.ts';
import { hasChecksums, inodesTaken } from './features.ts';
import { placeXattrs } from './xattrs.ts';

/** What the contents take, beyond what mke2fs itself takes. */
export interface Demand {
  readonly inodes: number;
  readonly blocks: number;
  /** Upper bound of extra extent-tree blocks, for files whose runs are interrupted by a group's metadata. */
  readonly brokenRuns: number;
}

/** A target of this length and more does not fit into the inode (EXT2_N_BLOCKS * 4). */
const SLOW_SYMLINK = 60;
/** Blocks that one extent maps (EXT_INIT_MAX_LEN), extents that an inode holds; bytes of an extent and of a header. */
const EXTENT_BLOCKS = 32768;
const INODE_EXTENTS = 4;
const EXTENT_BYTES = 12;
/** Times that a run is broken where a group ends: by backups, and by the tables of a group of groups. */
const BREAKS = 2;

/**
 * Goes through the build as debugfs will. Nothing is ever freed and each allocation takes the first free block: a file
 * lies in one run, a directory is broken wherever anything else was made since it grew last.
 */
export function demandOf(
  items: readonly Item[],
  registrationBytes: number | undefined,
  blockSize: number,
  options: Options,
  zeros: ZeroCells,
): Demand {
  const layout = new DirectoryLayout(blockSize, hasChecksums(options));
  const grown = new Map<Node | undefined, { extents: number; end: number }>();
  let inodes = 0;
  let blocks = 0;
  let brokenRuns = 0;
  const addFile = (content: Pick<Entry, 'size' | 'segments'>, cells?: ArrayLike<number>) => {
    const file = fileBlocks(dataBlocks(content, cells, blockSize), blockSize);
    blocks += file.blocks;
    brokenRuns += file.brokenRuns;
  };
  const growDirectory = (node: Node | undefined) => {
    let directory = grown.get(node);
    if (!directory) {
      directory = { extents: 0, end: Number.NaN };
      grown.set(node, directory);
    }
    const isNext = directory.end === blocks;
    directory.end = ++blocks;
    if (isNext) return;
    const { extents } = directory;
    blocks += treeBlocks(extents + 1, blockSize) - treeBlocks(extents, blockSize);
    directory.extents++;
  };
  // The root's first block is mke2fs'.
  grown.set(undefined, { extents: 1, end: Number.NaN });
  for (const { node, inode, linkTo } of items) {
    if (layout.add(node.parent, node.name.length)) growDirectory(node.parent);
    if (linkTo) continue;
    inodes++;
    if (inode.type === 'directory') growDirectory(node);
    else if (inode.type === 'file') addFile(inode, zeros.get(inode));
    else if (inode.target.length >= SLOW_SYMLINK) blocks++;
    if (placeXattrs(inode, blockSize, options).takesBlock) blocks++;
  }
  if (registrationBytes !== undefined) {
    inodes++;
    if (layout.add(undefined, REGISTRATION.length)) growDirectory(undefined);
    addFile({ size: registrationBytes, segments: undefined });
  }
  if (options.indexDirectories) {
    for (const [node, growth] of layout.indexGrowth(blockSize)) {
      // All at once, hence in one run.
      const directory = grown.get(node)!;
      if (growth > 0) blocks += growth + treeBlocks(++directory.extents, blockSize);
    }
  }
  for (const { extents } of grown.values())
    brokenRuns += treeBlocks(extents + BREAKS, blockSize) - treeBlocks(extents, blockSize);
  return { inodes, blocks, brokenRuns };
}

/** An inode's number has 32 bits, and 0 is none. */
const MOST_INODES = 2 ** 32 - 1;

/**
 * The inodes to have mke2fs make, its own and the headroom included.
 * @throws Refusal `too-many-inodes`
 */
export function inodesToMake({ inodes }: Pick<Demand, 'inodes'>, options: Options): number {
  const made = inodesTaken(options) + inodes + options.inodeHeadroom;
  if (made > MOST_INODES) throw new Refusal('too-many-inodes', { inodes, made, most: MOST_INODES });
  return made;
}

/** Blocks of a file's data, given as runs of blocks, and of the extents that map them. */
function fileBlocks(
  runs: Iterable<readonly [first: number, end: number]>,
  blockSize: number,
): Pick<Demand, 'blocks' | 'brokenRuns'> {
  let data = 0;
  let extents = 0;
  for (const [first, end] of runs) {
    data += end - first;
    extents += Math.ceil((end - first) / EXTENT_BLOCKS);
  }
  // A block of extents that is allocated in the middle of a run breaks it once more.
  const tree = treeBlocks(extents + treeBlocks(extents, blockSize), blockSize);
  const breaks = BREAKS * Math.ceil(data / EXTENT_BLOCKS);
  return { blocks: data + tree, brokenRuns: treeBlocks(extents + breaks, blockSize) - treeBlocks(extents, blockSize) };
}

/**
 * Blocks of the tree that maps so many extents, each put behind the last. A full block that is split at its end gives
 * up one entry (extent_node_split in lib/ext2fs/extent.c); the inode's own entries move to a block together.
 */
function treeBlocks(entries: number, blockSize: number): number {
  if (entries <= INODE_EXTENTS) return 0;
  const inBlock = Math.floor((blockSize - EXTENT_BYTES) / EXTENT_BYTES);
  const blocks = Math.ceil((entries - 1) / (inBlock - 1));
  return blocks + treeBlocks(blocks, blockSize);
}
