/** The finished image as a file: a view is written out once, front to back. */
import { rmSync } from 'node:fs';
import { type Progress, type Raw, readData } from '../core/index.ts';
import { FileBacking } from './storage.ts';

/**
 * Writes all but the holes to a new, sparse file.
 * @throws Refusal `storage-full`, `storage-failed`, `source-unreadable`
 */
export async function writeRaw(path: string, raw: Raw, progress: (progress: Progress) => void): Promise<void> {
  const file = new FileBacking(path, raw.facts.bytes);
  try {
    for await (const { offset, bytes } of readData(raw)) {
      file.write(offset, bytes);
      progress({ phase: 'deliver', done: offset, total: raw.facts.bytes, entries: 0 });
    }
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    // Not every system gives a file that is open another name.
    file.close();
  }
}
