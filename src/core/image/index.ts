/** Plan → image, checked: e2fsprogs' programs run on storage; any image is looked into by the same. */
export { BLOCK_KINDS, type BlockKind, type BlockMap, readBlockMap } from './block-map.ts';
export { buildImage, buildIndexed, planExamined, planImage, planIndexed, planWhole } from './build.ts';
export { type CheckVerdict, checkImage } from './check.ts';
export { holdsFilesystem } from './filesystem.ts';
export { type ImageEntry, ImageReader, type InodeDetails, type InodeType, ROOT_INODE } from './reader.ts';
export type { Superblock } from './superblock.ts';
export { usedRanges } from './used.ts';
