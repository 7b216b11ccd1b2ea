/** Scratch files: the folder of the origin private file system in which images are made, and what becomes of them. */

/** Each file in it is locked, under its own name, by the tab that needs it. */
const FOLDER = 'storeimg';

/** @throws where the browser has no OPFS or forbids it (private windows) */
export const scratchFolder = async (): Promise<FileSystemDirectoryHandle> =>
  (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER, { create: true });

/** A name for a new file. Not `randomUUID`: pages that came without TLS lack it. */
export const newScratchName = (): string => crypto.getRandomValues(new Uint32Array(4)).join('-');

/** The finished image's file. */
export async function scratchFile(name: string): Promise<File> {
  return (await (await scratchFolder()).getFileHandle(name)).getFile();
}

/** How long a terminated worker may keep its file locked, and how often to try. */
const PATIENCE = 5000;
const RETRY = 100;

/** Removes a scratch file, as soon as whoever had it open is gone. */
export async function removeScratch(name: string): Promise<void> {
  for (const started = performance.now(); ; await new Promise((resolve) => setTimeout(resolve, RETRY))) {
    try {
      return await (await scratchFolder()).removeEntry(name);
    } catch (error) {
      if ((error as DOMException).name === 'NotFoundError' || performance.now() - started > PATIENCE) return;
    }
  }
}

/** Removes what crashed or closed tabs left: files that no tab has locked. */
export async function removeLeftovers(): Promise<void> {
  try {
    for await (const name of (await scratchFolder()).keys()) {
      await navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
        if (lock) await removeScratch(name);
      });
    }
  } catch {
    // No OPFS here: nothing can be left.
  }
}
