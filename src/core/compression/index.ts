/** Compressed bytes in and out. */
export { Codec, CodecError, type CodecName } from './codec.ts';
export { expandArchives } from './expand.ts';
