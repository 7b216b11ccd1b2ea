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

/** Bit → name, as mke2fs' -O and dumpe2fs call it. Source: lib/e2p/feature.c. */
const FEATURES: Readonly<Record<'compat' | 'incompat' | 'roCompat', Readonly<Record<number, string>>>> = {
  compat: { 2: 'has_journal', 3: 'ext_attr', 4: 'resize_inode', 5: 'dir_index', 9: 'sparse_super2', 12: 'orphan_file' },
  incompat: { 1: 'filetype', 6: 'extent', 7: '64bit', 9: 'flex_bg', 13: 'metadata_csum_seed', 14: 'large_dir' },
  roCompat: {
    0: 'sparse_super',
    1: 'large_file',
    3: 'huge_file',
    4: 'uninit_bg',
    5: 'dir_nlink',
    6: 'extra_isize',
    10: 'metadata_csum',
  },
};

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
  const features = (['compat', 'incompat', 'roCompat'] as const).flatMap((set) =>
    Object.entries(FEATURES[set])
      .filter(([bit]) => (field(set) >>> Number(bit)) & 1)
      .map(([, name]) => name),
  );
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
