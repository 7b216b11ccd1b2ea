/**
 * Where a compressed archive is put to be read at any offset: a file in OPFS, or memory where there is none. It is this
 * worker's: as long as it runs it holds the file's lock, and whoever ends it has what nobody holds removed.
 */
import { Refusal, type Spool } from '../../../src/core/index.ts';
import { MOST_IN_MEMORY } from '../limits.ts';
import { holdLock } from '../locks.ts';
import { newSpoolName, removeScratch, scratchFile } from '../scratch.ts';
import { FileSource } from './file-source.ts';
import { OpfsBacking } from './opfs.ts';

/** The name of a file that is this worker's as long as it runs. */
export async function holdSpoolName(): Promise<string> {
  const scratch = newSpoolName();
  await holdLock(scratch).isHeld;
  return scratch;
}

export async function createSpool(name: string): Promise<Spool> {
  const scratch = await holdSpoolName();
  const backing = await OpfsBacking.create(scratch, 0);
  return backing ? onDisk(name, scratch, backing) : inMemory(name);
}

function onDisk(name: string, scratch: string, backing: OpfsBacking): Spool {
  let size = 0;
  return {
    append(bytes) {
      backing.write(size, bytes);
      size += bytes.length;
    },
    async finish() {
      backing.close();
      return new FileSource(await scratchFile(scratch), name, scratch);
    },
    async discard() {
      backing.close();
      await removeScratch(scratch);
    },
  };
}

function inMemory(name: string): Spool {
  const most = MOST_IN_MEMORY.content;
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  return {
    append(bytes) {
      size += bytes.length;
      if (size > most) throw new Refusal('spool-missing', { name, most });
      pieces.push(bytes.slice());
    },
    finish: async () => new FileSource(new Blob(pieces), name),
    async discard() {
      pieces.length = 0;
    },
  };
}
