/** Plan → image, checked: e2fsprogs' programs run on storage; any image is looked into by the same. */
export { type AuditVerdict, auditImage } from './audit.ts';
export { BLOCK_KINDS, type BlockKind, type BlockMap, readBlockMap } from './block-map.ts';
export { type CheckVerdict, checkImage } from './check.ts';
export { holdsFilesystem } from './filesystem.ts';
export { populate } from './populate.ts';
export { checkStore, indexDirectories, makeMke2fs } from './programs.ts';
export { type ImageEntry, ImageReader, type InodeDetails, type InodeType, ROOT_INODE } from './reader.ts';
export { type Superblock, superblockOf } from './superblock.ts';
export { usedRanges } from './used.ts';
