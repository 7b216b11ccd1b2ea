/** What is no regular file: pipes, devices, standard output. */
import { constants, createReadStream, createWriteStream, fstatSync, openSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { displaySize, Refusal } from '../core/index.ts';
import { deviceSize, guard, guarded, storageRefusal } from './storage.ts';

const STANDARD_OUTPUT = 1;
const READ_AHEAD = 2 ** 20;
/** Milliseconds between looks for somebody who reads a FIFO. */
const RETRY = 50;

/** Whether a path is where standard output goes, as /dev/stdout is. */
export function isStandardOutput(path: string): boolean {
  try {
    const [named, ours] = [statSync(path), fstatSync(STANDARD_OUTPUT)];
    return named.dev === ours.dev && named.ino === ours.ino;
  } catch {
    return false; // What is wrong with it is told where it is opened.
  }
}

/** All of a file or a pipe. Waiting for a FIFO's writer blocks no thread, so that signals are heard. */
export async function readWhole(path: string): Promise<Uint8Array<ArrayBuffer>> {
  if (!statSync(path).isFIFO()) return new Uint8Array(await readFile(path));
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return new Uint8Array(await buffer(new Socket({ fd, writable: false })));
}

/**
 * Copies a finished file of `size` bytes to a device, a FIFO, or standard output (`-`).
 * @throws Refusal `device-too-small` before anything is written, `storage-full`, `storage-failed`
 */
export async function copyToStream(from: string, size: number, path: string): Promise<void> {
  const source = createReadStream(from, { highWaterMark: READ_AHEAD });
  if (path === '-') return guarded(pipeline(source, process.stdout, { end: false }));
  const status = guard(() => statSync(path));
  if (status.isFIFO()) return guarded(pipeline(source, await openFifo(path)));
  if (status.isBlockDevice() && deviceSize(status) < size)
    throw new Refusal('device-too-small', { path, has: displaySize(deviceSize(status)), wants: displaySize(size) });
  await guarded(pipeline(source, createWriteStream(path, { flags: 'r+' })));
}

/** Waits for a reader; waiting blocks no thread, so that signals are heard. */
async function openFifo(path: string): Promise<Socket> {
  for (;;) {
    try {
      const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
      return new Socket({ fd, readable: false });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw storageRefusal(error);
      await sleep(RETRY);
    }
  }
}
