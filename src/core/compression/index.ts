/** Compressed bytes in and out. */
export type { Anew } from './anew.ts';
export { Codec, CodecError, type CodecName } from './codec.ts';
export { type ExpandHost, expandArchives, expandInto, ofParts, partsOf } from './expand.ts';
export { compressionOf, isCompressed } from './expansion.ts';
