/** `storeimg/node`: files for `buildImage`, of any size. docs/library.md shows how. */
import { type BuildHost, decide, type Options, type Progress } from '../core/library.ts';
import { DiskFile } from './disk-file.ts';
import { buildHost } from './host.ts';
import { FileSpool } from './spool.ts';

export { FileSource } from './storage.ts';

/** A host whose image is a file; it holds files open until it is closed. */
export interface FileHost extends BuildHost {
  /** Call it when the build is done, or has failed: what it made is then a file like any other. */
  close(): void;
}

/**
 * Makes the image in a new sparse file at `path`; archives have to be `FileSource`s, and are read in another thread,
 * too. The build itself keeps the calling thread busy.
 * @param options of the same build: with a `disk`, what is made has its partition table. `compress` and `bmap` are the
 *   command line's.
 */
export function fileHost(
  path: string,
  options: Options = decide({}),
  progress: (progress: Progress) => void = () => {},
): FileHost {
  const disk = new DiskFile(path, options);
  const spools: FileSpool[] = [];
  const end = new AbortController();
  return {
    ...buildHost(disk, progress, undefined, end.signal),
    async createSpool(name) {
      const spool = new FileSpool(name, path);
      spools.push(spool);
      return spool;
    },
    close() {
      // After a failure it would read on, from files that are about to be closed.
      end.abort();
      for (const made of [disk, ...spools.splice(0)]) made.close();
    },
  };
}
