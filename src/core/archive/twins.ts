/** Files that are alike in content, size, mode and extended attributes: one inode can be all of them. */
import { createBLAKE3 } from 'hash-wasm';
import type { ByteString } from '../bytes.ts';
import { contentOf, fetchedBatches } from './content.ts';
import type { Entry } from './entry.ts';

/** File → the first file that is its like. */
export type Twins = ReadonlyMap<Entry, Entry>;

/** Bytes hashed at once. */
const PIECE = 2 ** 20;

/** Larger sparse files are left alone: their holes may be endless. */
const MOST_SPARSE = 2 ** 30;

/**
 * Reads the files that have a size in common with another.
 * @param files in archive order
 * @param progress called after every batch with the bytes done and those in all
 * @throws Refusal `source-unreadable`
 */
export async function findTwins(
  files: readonly Entry[],
  progress: (done: number, total: number) => void,
): Promise<Twins> {
  const regular = [...new Set(files)].filter(({ segments, size }) => !segments || size <= MOST_SPARSE);
  const counts = new Map<string, number>();
  for (const entry of regular) counts.set(kindOf(entry), (counts.get(kindOf(entry)) ?? 0) + 1);
  const candidates = regular.filter((entry) => counts.get(kindOf(entry))! > 1);
  const total = candidates.reduce((sum, { size }) => sum + size, 0);

  const hasher = await createBLAKE3();
  const buffer = new Uint8Array(PIECE);
  const twins = new Map<Entry, Entry>();
  const firsts = new Map<string, Entry>();
  let done = 0;
  for await (const batch of fetchedBatches(candidates, (entry) => entry)) {
    for (const entry of batch) {
      const content = contentOf(entry);
      hasher.init();
      for (let at = 0; at < content.size; at += PIECE) {
        const part = buffer.subarray(0, content.size - at);
        content.read(at, part);
        hasher.update(part);
      }
      const key = `${hasher.digest()} ${kindOf(entry)}`;
      const first = firsts.get(key);
      if (first) twins.set(entry, first);
      else firsts.set(key, entry);
      done += entry.size;
    }
    progress(done, total);
  }
  return twins;
}

const kindOf = ({ size, mode, xattrs }: Entry): ByteString =>
  `${size} ${mode}${xattrs ? ` ${JSON.stringify(xattrs)}` : ''}`;
