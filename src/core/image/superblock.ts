/** The superblock's facts. Source: the kernel's Documentation/filesystems/ext4, “Super Block”. */
import { byteString, display } from '../bytes.ts';
import type { BlockStore, Source } from '../storage/index.ts';

const OFFSET = 1024;
const MAGIC = 0xef53;

/** Field → offset of a little-endian 32-bit number. */
const FIELDS = {
  inodes: 0x00,
  blocksLow: 0x04,
  freeBlocksLow: 0x0c,
  freeInodes: 0x10,
  logBlockSize: 0x18,
  compat: 0x5c,
  incompat: 0x60,
  roCompat: 0x64,
  blocksHigh: 0x150,
  freeBlocksHigh: 0x158,
} as const;
const MAGIC_OFFSET = 0x38;
const UUID_OFFSET = 0x68;
const LABEL_OFFSET = 0x78;

/** Names of the bits, from the lowest, as mke2fs' -O and dumpe2fs have them. Source: lib/e2p/feature.c. */
const FEATURES = {
  compat:
    'dir_prealloc imagic_inodes has_journal ext_attr resize_inode dir_index lazy_bg - snapshot_bitmap sparse_super2 fast_commit stable_inodes orphan_file',
  incompat:
    'compression filetype needs_recovery journal_dev meta_bg - extent 64bit mmp flex_bg ea_inode - dirdata metadata_csum_seed large_dir inline_data encrypt casefold',
  roCompat:
    'sparse_super large_file - huge_file uninit_bg dir_nlink extra_isize - quota bigalloc metadata_csum replica read-only project shared_blocks verity orphan_present',
} as const;

/** How dumpe2fs begins the name of a bit that has none. */
const UNNAMED = { compat: 'FEATURE_C', incompat: 'FEATURE_I', roCompat: 'FEATURE_R' } as const;

function featuresOf(set: keyof typeof FEATURES, bits: number): string[] {
  const names = FEATURES[set].split(' ');
  return Array.from({ length: 32 }, (_, bit) => bit)
    .filter((bit) => (bits >>> bit) & 1)
    .map((bit) => ((names[bit] ?? '-') === '-' ? `${UNNAMED[set]}${bit}` : names[bit]!));
}

/** Of an ext filesystem; blocks are of `blockSize` bytes, reserved ones are free. */
export interface Superblock {
  readonly blockSize: number;
  readonly blocks: number;
  /** Reserved ones included. */
  readonly freeBlocks: number;
  readonly inodes: number;
  readonly freeInodes: number;
  readonly label: string;
  readonly uuid: string;
  readonly features: readonly string[];
}

/** Reads the superblock; `undefined` when there is no ext filesystem. */
export function readSuperblock(store: Pick<BlockStore | Source, 'size' | 'read'>): Superblock | undefined {
  if (store.size < OFFSET + 1024) return undefined;
  const bytes = new Uint8Array(1024);
  store.read(OFFSET, bytes);
  const view = new DataView(bytes.buffer);
  if (view.getUint16(MAGIC_OFFSET, true) !== MAGIC) return undefined;
  const field = (name: keyof typeof FIELDS) => view.getUint32(FIELDS[name], true);
  const hex = Array.from(bytes.subarray(UUID_OFFSET, UUID_OFFSET + 16), (byte) => byte.toString(16).padStart(2, '0'));
  const features = (['compat', 'incompat', 'roCompat'] as const).flatMap((set) => featuresOf(set, field(set)));
  const has64 = features.includes('64bit');
  const wide = (low: keyof typeof FIELDS, high: keyof typeof FIELDS) =>
    field(low) + (has64 ? field(high) * 2 ** 32 : 0);
  return {
    blockSize: 1024 << field('logBlockSize'),
    blocks: wide('blocksLow', 'blocksHigh'),
    freeBlocks: wide('freeBlocksLow', 'freeBlocksHigh'),
    inodes: field('inodes'),
    freeInodes: field('freeInodes'),
    label: display(byteString(bytes, LABEL_OFFSET, LABEL_OFFSET + 16).split('\0')[0]!),
    uuid: hex.join('').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
    features,
  };
}

/** The same of a filesystem that was just made. */
export function superblockOf(store: BlockStore): Superblock {
  const superblock = readSuperblock(store);
  if (!superblock) throw new Error('mke2fs reported success and left no superblock');
  return superblock;
}
