/** Compressed bytes in and out. */
export { Codec, CodecError, type CodecName } from './codec.ts';
export { expandArchives, expandInto, isCompressed } from './expand.ts';
