/** Closure → plan: every decision made, as a value that can be printed, tested, and replayed on any Linux machine. */
import type { Tree, Twins, ZeroCells } from '../archive/index.ts';
import { Refusal } from '../errors.ts';
import { type Closure, registrationBound } from '../nix/index.ts';
import type { Options } from '../options.ts';
import { type Item, selectItems } from './contents.ts';
import { type Demand, demandOf, inodesToMake } from './demand.ts';
import { decideBytes, type EmptyFilesystem, mke2fsArguments } from './geometry.ts';
import { withNixos } from './nixos.ts';
import { placeInRoot } from './root.ts';
import { sayXattrs } from './xattrs.ts';

export { CONTENT, type Command, commands, FORGET_WRITES } from './commands.ts';
export type { Item } from './contents.ts';
export { PRESETS } from './features.ts';
export type { EmptyFilesystem } from './geometry.ts';
export { planScript } from './script.ts';
export { placeXattrs } from './xattrs.ts';

/** A filesystem, decided to the last block, and how it is made: mke2fs' arguments, then `commands` of this. */
export interface Plan {
  readonly options: Options;
  /** Everything but the registration, in the order it is made; paths are those inside the filesystem. */
  readonly items: readonly Item[];
  /** Whose mode and owner the filesystem's root directory has; `undefined` where mke2fs' own will do. */
  readonly top: Item | undefined;
  /** What was left out, in sentences. */
  readonly warnings: readonly string[];
  /** Bytes that `/nix-path-registration` has; `undefined` for none. */
  readonly registrationBytes: number | undefined;
  /** Its content; `undefined` for none, and before contents were read. */
  readonly registration: Uint8Array | undefined;
  /** Where files have zeros. */
  readonly zeros: ZeroCells;
  /** The image's size in bytes. */
  readonly bytes: number;
  /** The filesystem's block size, as mke2fs chose or was told. */
  readonly blockSize: number;
  /** Blocks that are free before there are contents. */
  readonly freeBlocks: number;
  /** mke2fs' arguments, before and after the image's name. */
  readonly mke2fs: { readonly before: readonly string[]; readonly size: string };
}

/** What is to be in the image. */
export interface Contents {
  readonly tree: Tree;
  readonly closure: Closure;
  /** Files that are to share an inode. */
  readonly twins: Twins;
  /** Where files have zeros; what is not known counts as data. */
  readonly zeros: ZeroCells;
}

/** Blocks of a file: their numbers have 32 bits, and the last one is no number (ext2fs_file_block_offset_too_big). */
const MOST_BLOCKS = 2 ** 32 - 1;

/**
 * @param registration its content, once it is known; its length is bounded before
 * @param mke2fs makes an empty filesystem with these arguments on an empty store of `bytes` and says what is free
 * @throws Refusal `manifest-needed`, `image-too-small`, `link-target-too-long`, `file-too-large`, `too-many-inodes`, `nixos-*`
 */
export function makePlan(
  { tree, closure, twins, zeros }: Contents,
  options: Options,
  registration: Uint8Array | undefined,
  mke2fs: (bytes: number, args: Plan['mke2fs']) => EmptyFilesystem,
): Plan {
  if (options.profile === 'original' && !closure.hasManifest) throw new Refusal('manifest-needed', {});
  const selected = selectItems(tree, closure, options, twins);
  const whole = options.nixos ? withNixos(selected, tree, closure, options) : selected;
  const { items, top, warnings: outside } = placeInRoot(whole, options);
  const registrationBytes =
    options.registration === 'none' ? undefined : (registration?.length ?? registrationBound(closure, options));
  const demands = new Map<number, Demand>();
  const demand = (blockSize: number): Demand => {
    let known = demands.get(blockSize);
    if (!known) {
      known = demandOf(items, registrationBytes, blockSize, options, zeros);
      demands.set(blockSize, known);
    }
    return known;
  };
  const inodes = inodesToMake(demand(4096), options);
  const argumentsFor = (bytes: number) => mke2fsArguments(options, bytes, inodes);
  const probe = (bytes: number) => mke2fs(bytes, argumentsFor(bytes));
  const bytes = decideBytes(options, whole, demand, probe);
  const { blockSize, freeBlocks } = probe(bytes);
  for (const { node, inode } of items) {
    if (inode.type === 'symlink' && inode.target.length >= blockSize) {
      throw new Refusal('link-target-too-long', { path: node.path, length: inode.target.length, most: blockSize - 1 });
    }
    if (inode.type === 'file' && inode.size > MOST_BLOCKS * blockSize) {
      throw new Refusal('file-too-large', { path: node.path, size: inode.size, most: MOST_BLOCKS * blockSize });
    }
  }
  const warnings = [...outside, ...sayXattrs(items, blockSize, options)];
  return {
    options,
    items,
    top,
    warnings,
    registrationBytes,
    registration,
    zeros,
    bytes,
    blockSize,
    freeBlocks,
    mke2fs: argumentsFor(bytes),
  };
}
