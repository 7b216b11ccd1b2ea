/** A file of the origin private file system that an image or an archive is put into. */
import { Refusal } from '../../../src/core/index.ts';
import { hasScratch, removeScratch, scratchFolder } from '../scratch.ts';

export class OpfsBacking {
  readonly #handle: FileSystemSyncAccessHandle;

  private constructor(handle: FileSystemSyncAccessHandle) {
    this.#handle = handle;
  }

  /**
   * Opens a new file; `undefined` where the browser has no OPFS or forbids it (private windows).
   * @throws Refusal `storage-full`, `storage-failed`; then there is no file
   */
  static async create(name: string, size: number): Promise<OpfsBacking | undefined> {
    const handle = await open(name);
    if (!handle) return undefined;
    const backing = new OpfsBacking(handle);
    try {
      backing.resize(size);
    } catch (error) {
      backing.close();
      await removeScratch(name);
      throw error;
    }
    return backing;
  }

  read(offset: number, into: Uint8Array): void {
    const count = guard(() => this.#handle.read(into, { at: offset }));
    into.fill(0, count);
  }

  write(offset: number, from: Uint8Array): void {
    const count = guard(() => this.#handle.write(from, { at: offset }));
    if (count < from.length)
      throw new Refusal('storage-full', { why: `the browser took ${count} of ${from.length} bytes` });
  }

  resize(size: number): void {
    guard(() => this.#handle.truncate(size));
  }

  close(): void {
    this.#handle.close();
  }
}

/** How often to try where there is a disk, and milliseconds between: what fails in passing must not cost memory instead. */
const TRIES = 3;
const RETRY = 100;

async function open(name: string): Promise<FileSystemSyncAccessHandle | undefined> {
  for (let tries = 1; ; tries++) {
    try {
      return await (await (await scratchFolder()).getFileHandle(name, { create: true })).createSyncAccessHandle();
    } catch {
      if (tries === TRIES || !(await hasScratch())) return undefined;
      await new Promise((resolve) => setTimeout(resolve, RETRY));
    }
  }
}

function guard<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { name, message } = error as DOMException;
    // Firefox has a name of its own for a full disk or quota.
    const full = name === 'QuotaExceededError' || /NO_DEVICE_SPACE/.test(name + message);
    throw new Refusal(full ? 'storage-full' : 'storage-failed', { why: message || name });
  }
}
