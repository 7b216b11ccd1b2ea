/** The finished view → its file, in one pass: read, hashed, mapped, compressed and written. */
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { type Delivery, deliver, makeCompressor, type Options, type Progress, type Raw } from '../core/index.ts';
import { FileBacking } from './storage.ts';
import { loadCodecs } from './wasm.ts';

/** How the file is to be. */
export interface Writing {
  readonly options: Pick<Options, 'compress'>;
  /** Whether zeros are written, too, so that the disk has room for all of the image later on. */
  readonly isFilled: boolean;
}

/**
 * Writes a new file; where it fails, there is none.
 * @param progress called for every piece
 * @throws Refusal `storage-full`, `storage-failed`, `source-unreadable`
 */
export async function writeRaw(
  path: string,
  { image, facts }: Raw,
  { options, isFilled }: Writing,
  progress: (progress: Progress) => void,
): Promise<Delivery> {
  const compressor = await makeCompressor(options, loadCodecs);
  const file = new FileBacking(path, compressor ? 0 : facts.bytes);
  const put = (offset: number, bytes: Uint8Array) => file.write(offset, bytes);
  try {
    return await deliver(facts, {
      async read(offset, into) {
        await image.prefetch(offset, offset + into.length);
        image.read(offset, into);
      },
      newHasher: () => createHash('sha256'),
      compressor,
      put,
      ...(isFilled && !compressor && { fill: put }),
      progress: (done) => progress({ phase: 'deliver', done, total: facts.bytes, entries: 0 }),
    });
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    // Not every system gives a file that is open another name.
    file.close();
  }
}
