/** Compressed bytes in and out. */

export { Codec, CodecError, type CodecName } from './codec.ts';
export { type ExpandHost, expandArchives, expandInto, ofParts, partsOf } from './expand.ts';
export type { Expanding } from './expanding-source.ts';
export { compressionOf, isCompressed } from './expansion.ts';
