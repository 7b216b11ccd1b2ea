/** `storeimg/node`: files for `buildImage`, of any size. docs/library.md shows how. */
import { rmSync } from 'node:fs';
import { layOut } from '../core/index.ts';
import type { Built, Delivery, Options, Progress, SessionHost } from '../core/library.ts';
import { deliverRaw } from './deliver.ts';
import { fileSessionHost } from './host.ts';
import { FileSpool } from './spool.ts';
import { fileTarget } from './target.ts';

export { FileSource } from './storage.ts';

/** A host whose archives are files; it holds files open until it is closed. */
export interface FileHost extends SessionHost {
  /** Call it when the image was written, or the build has failed. */
  close(): void;
}

/**
 * Archives have to be `FileSource`s, and are read in other threads, too. The build itself keeps the calling thread busy.
 * @param scratch what is in compressed archives is put into files that begin with this path, and have no name for long
 */
export function fileHost(scratch: string): FileHost {
  const host = fileSessionHost(scratch);
  const spools: FileSpool[] = [];
  const end = new AbortController();
  return {
    ...host,
    analyse: (job, sources, progress) => host.analyse(job, sources, progress, end.signal),
    async createSpool(name) {
      const spool = new FileSpool(name, scratch);
      spools.push(spool);
      return spool;
    },
    close() {
      // After a failure threads would read on, from files that are about to be closed.
      end.abort();
      for (const spool of spools.splice(0)) spool.close();
    },
  };
}

/**
 * Writes a built image into a new, sparse file; with a `disk` among the options, with its partition table. Returns its
 * digests.
 * @throws Refusal `storage-full`, `storage-failed`, `source-unreadable`
 */
export async function writeImage(
  path: string,
  { view }: Built,
  options: Options,
  progress: (progress: Progress) => void = () => {},
): Promise<Delivery> {
  const raw = layOut(view, options);
  const target = fileTarget(path, raw.facts.bytes, false);
  try {
    const write = (piece: Uint8Array | number) => target.write(piece);
    return await deliverRaw(raw, { options: { compress: 'none' }, isHashed: true, write, progress });
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    await target.close();
  }
}
