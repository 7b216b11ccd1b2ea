import type { Source, Spool } from '../../src/core/storage/index.ts';

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

/** A spool in memory. */
export function memorySpool(name: string): Spool {
  const pieces: Uint8Array[] = [];
  return {
    append: (bytes) => void pieces.push(bytes.slice()),
    finish: async () => bytesSource(name, Buffer.concat(pieces)),
  };
}
