import type { Source } from '../../src/core/storage/index.ts';

/** Bytes in memory as a source, which refuses to be read outside of its size. */
export function bytesSource(name: string, bytes: Uint8Array): Source {
  return {
    name,
    size: bytes.length,
    read(offset, into) {
      if (offset < 0 || offset + into.length > bytes.length)
        throw new RangeError(`read of ${into.length} at ${offset} of ${bytes.length}`);
      into.set(bytes.subarray(offset, offset + into.length));
    },
  };
}
