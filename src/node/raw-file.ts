/** The finished image as a file: a view is written out once, front to back. */
import { rmSync } from 'node:fs';
import type { Progress, Raw } from '../core/index.ts';
import { FileBacking } from './storage.ts';

const PIECE = 2 ** 20;

/**
 * Writes all but the holes to a new, sparse file.
 * @throws Refusal `storage-full`, `storage-failed`, `source-unreadable`
 */
export async function writeRaw(
  path: string,
  { image, facts }: Raw,
  progress: (progress: Progress) => void,
): Promise<void> {
  const file = new FileBacking(path, facts.bytes);
  try {
    const buffer = new Uint8Array(PIECE);
    for (const { offset, length } of facts.data) {
      for (let done = 0; done < length; done += PIECE) {
        const piece = buffer.subarray(0, Math.min(PIECE, length - done));
        await image.prefetch(offset + done, offset + done + piece.length);
        image.read(offset + done, piece);
        file.write(offset + done, piece);
        progress({ phase: 'deliver', done: offset + done, total: facts.bytes, entries: 0 });
      }
    }
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    // Not every system gives a file that is open another name.
    file.close();
  }
}
