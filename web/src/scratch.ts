/** Scratch files: the folder of the origin private file system in which images are made, and what becomes of them. */

/** Each file in it is locked, under its own name, by the tab that needs it. */
const FOLDER = 'storeimg';

/** @throws where the browser has no OPFS or forbids it (private windows) */
export const scratchFolder = async (): Promise<FileSystemDirectoryHandle> =>
  (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER, { create: true });

/** Whether there is a disk to work on: private windows, pages without TLS and WebKitGTK have the API at most. */
export const hasScratch = (): Promise<boolean> =>
  scratchFolder().then(
    () => true,
    () => false,
  );

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
export function removeLeftovers(): Promise<void> {
  return removeUnlocked(() => true, { ifAvailable: true });
}

const SPOOL = '.spool';

/** A name for what a worker keeps, and locks, for itself alone. */
export const newSpoolName = (): string => newScratchName() + SPOOL;

/** Removes what workers kept for themselves, as soon as those that are ended let go of it. */
export function removeSpools(): Promise<void> {
  return removeUnlocked((name) => name.endsWith(SPOOL), { signal: AbortSignal.timeout(PATIENCE) });
}

async function removeUnlocked(isMeant: (name: string) => boolean, options: LockOptions): Promise<void> {
  try {
    const requests: Promise<void>[] = [];
    for await (const name of (await scratchFolder()).keys()) {
      if (!isMeant(name)) continue;
      const remove = (lock: Lock | null) => (lock ? removeScratch(name) : undefined);
      requests.push(navigator.locks.request(name, options, async (lock) => remove(lock)));
    }
    await Promise.allSettled(requests);
  } catch {
    // No OPFS here: nothing can be left.
  }
}
