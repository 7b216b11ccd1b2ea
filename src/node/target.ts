/** Where an image is written, front to back: a new file, or what is no file. */
import { createWriteStream, statSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { displaySize, Refusal } from '../core/index.ts';
import { openFifo } from './special.ts';
import { deviceSize, FileBacking, guard, storageRefusal } from './storage.ts';

export interface Target {
  /** Takes what comes next: bytes, or a number of zeros. @throws Refusal `storage-full`, `storage-failed` */
  write(piece: Uint8Array | number): Promise<void> | void;
  /** Called when all was written, or nothing more will be. */
  close(): Promise<void> | void;
}

const ZEROS = new Uint8Array(2 ** 20);

/** As many zeros, in pieces. */
function* zeros(count: number): Generator<Uint8Array> {
  for (let left = count; left > 0; left -= ZEROS.length) yield ZEROS.subarray(0, left);
}

/**
 * A new file.
 * @param bytes that will be written; 0 where compressing tells
 * @param isFilled whether zeros are written, too, so that the disk has room for all of the image later on
 * @throws Refusal `storage-full`, `storage-failed`
 */
export function fileTarget(path: string, bytes: number, isFilled: boolean): Target {
  const file = new FileBacking(path, bytes);
  let at = 0;
  const put = (piece: Uint8Array) => {
    file.write(at, piece);
    at += piece.length;
  };
  return {
    write(piece) {
      if (typeof piece !== 'number') put(piece);
      else if (isFilled) for (const some of zeros(piece)) put(some);
      else at += piece;
    },
    // Not every system gives a file that is open another name.
    close: () => file.close(),
  };
}

/**
 * A device, a FIFO, or standard output (`-`).
 * @param bytes that will be written; 0 where compressing tells
 * @throws Refusal `device-too-small` before anything is written, `storage-failed`
 */
export async function streamTarget(path: string, bytes: number): Promise<Target> {
  const stream = path === '-' ? process.stdout : await openSpecial(path, bytes);
  let failed: Error | undefined;
  stream.on('error', (error) => {
    failed = error;
  });
  const put = (piece: Uint8Array) =>
    new Promise<void>((resolve, reject) => {
      if (failed) return reject(storageRefusal(failed));
      stream.write(piece, (error) => (error ? reject(storageRefusal(error)) : resolve()));
    });
  return {
    async write(piece) {
      if (typeof piece !== 'number') await put(piece);
      else for (const some of zeros(piece)) await put(some);
    },
    async close() {
      if (path === '-' || stream.destroyed) return;
      await new Promise<void>((resolve, reject) => {
        stream.on('error', (error) => reject(storageRefusal(error)));
        stream.end(resolve);
      });
    },
  };
}

async function openSpecial(path: string, bytes: number): Promise<Writable> {
  const status = guard(() => statSync(path));
  if (status.isFIFO()) return openFifo(path);
  if (status.isBlockDevice() && deviceSize(status) < bytes)
    throw new Refusal('device-too-small', { path, has: displaySize(deviceSize(status)), wants: displaySize(bytes) });
  return createWriteStream(path, { flags: 'r+' });
}
