/** The finished file, read once in the main thread while e2fsck reads it in the engine's. */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { type Delivery, deliver, makeCompressor, type Options, type Progress, type RawFacts } from '../core/index.ts';
import type { Output } from './output.ts';
import { guarded } from './storage.ts';
import { loadCodecs } from './wasm.ts';

/** @param signal ends the work with its reason */
export async function deliverFile(
  raw: RawFacts,
  output: Output,
  options: Options,
  signal: AbortSignal,
  progress: (progress: Progress) => void,
): Promise<Delivery> {
  const file = await guarded(open(output.raw, 'r+'));
  const packed = output.packed === undefined ? undefined : await guarded(open(output.packed, 'wx'));
  try {
    return await deliver(raw, {
      async read(offset, into) {
        signal.throwIfAborted();
        await readAll(file, offset, into);
      },
      newHasher: () => createHash('sha256'),
      compressor: await makeCompressor(options, loadCodecs),
      ...(packed && { write: (bytes) => writeAll(packed, bytes) }),
      // Streams and compressors get the zeros with all else.
      ...(!(options.sparse || output.isStream || packed) && {
        fill: (offset, zeros) => writeAll(file, zeros, offset),
      }),
      progress: (done) => progress({ phase: 'deliver', done, total: raw.bytes, entries: 0 }),
    });
  } finally {
    await file.close();
    await packed?.close();
  }
}

/** Writes from `offset` on, or after what was written last. */
async function writeAll(file: FileHandle, bytes: Uint8Array, offset?: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const at = offset === undefined ? null : offset + done;
    done += (await guarded(file.write(bytes, done, bytes.length - done, at))).bytesWritten;
  }
}

async function readAll(file: FileHandle, offset: number, into: Uint8Array): Promise<void> {
  for (let done = 0; done < into.length; ) {
    const { bytesRead } = await guarded(file.read(into, done, into.length - done, offset + done));
    if (bytesRead === 0) throw new Error('the image became shorter');
    done += bytesRead;
  }
}
