/** The finished image, compressed: in OPFS, or in memory where that has no room. */
import {
  deliver,
  makeCompressor,
  newStreamingHasher,
  type Options,
  type Progress,
  type Raw,
} from '../../../src/core/index.ts';
import { removeScratch, scratchFile } from '../scratch.ts';
import { tableOfBlob } from '../table.ts';
import type { BuildAnswer } from './api.ts';
import { OpfsBacking } from './opfs.ts';
import { loadCodecs } from './programs.ts';

/** @throws Refusal `storage-*`, `source-unreadable`; then no file is left */
export async function compress(
  { image, facts }: Raw,
  options: Options,
  scratch: string,
  progress: (progress: Progress) => void,
): Promise<Omit<BuildAnswer, 'report'>> {
  const file = await OpfsBacking.create(scratch, 0);
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  const put = (bytes: Uint8Array) => {
    if (file) file.write(size, bytes);
    else pieces.push(bytes.slice());
    size += bytes.length;
  };
  try {
    const delivery = await deliver(facts, {
      read: (offset, into) => image.fetch(offset, into),
      newHasher: newStreamingHasher,
      compressor: await makeCompressor(options, loadCodecs),
      write(piece) {
        if (typeof piece !== 'number') put(piece);
      },
      progress: (done) => progress({ phase: 'deliver', done, total: facts.bytes, entries: 0 }),
    });
    file?.close();
    const blob = file ? await scratchFile(scratch) : new Blob(pieces);
    return { image: tableOfBlob(blob, image.name, file && scratch), raw: facts, delivery };
  } catch (error) {
    file?.close();
    if (file) await removeScratch(scratch);
    throw error;
  }
}
