import type { Source } from './index.ts';

/** Bytes in memory, to be read. */
export const bytesSource = (name: string, bytes: Uint8Array): Source => ({
  name,
  size: bytes.length,
  read: (offset, into) => into.set(bytes.subarray(offset, offset + into.length)),
});

/** The first bytes of what is to be read, at most so many; all of them where no number is given. */
export function readStart(source: Pick<Source, 'size' | 'read'>, most = source.size): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.min(most, source.size));
  source.read(0, bytes);
  return bytes;
}
