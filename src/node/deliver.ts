/** The finished file, read once in the main thread while e2fsck reads it in the engine's. */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { type Delivery, deliver, type Options, type Progress, type Raw } from '../core/index.ts';
import type { Output } from './output.ts';
import { guarded } from './storage.ts';

/** @param signal ends the work with its reason */
export async function deliverFile(
  raw: Raw,
  output: Output,
  { sparse }: Options,
  signal: AbortSignal,
  progress: (progress: Progress) => void,
): Promise<Delivery> {
  const file = await guarded(open(output.raw, 'r+'));
  try {
    return await deliver(raw, {
      async read(offset, into) {
        signal.throwIfAborted();
        await readAll(file, offset, into);
      },
      newHasher: () => createHash('sha256'),
      // A stream gets its zeros when it gets all else.
      ...(!(sparse || output.isStream) && {
        fill: async (offset, zeros) => void (await guarded(file.write(zeros, 0, zeros.length, offset))),
      }),
      progress: (done) => progress({ phase: 'deliver', done, total: raw.bytes, entries: 0 }),
    });
  } finally {
    await file.close();
  }
}

async function readAll(file: FileHandle, offset: number, into: Uint8Array): Promise<void> {
  for (let done = 0; done < into.length; ) {
    const { bytesRead } = await guarded(file.read(into, done, into.length - done, offset + done));
    if (bytesRead === 0) throw new Error('the image became shorter');
    done += bytesRead;
  }
}
