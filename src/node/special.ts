/** What is no regular file: pipes, devices, standard output. */
import { constants, fstatSync, openSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { storageRefusal } from './storage.ts';

const STANDARD_OUTPUT = 1;
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

/** Waits for a reader; waiting blocks no thread, so that signals are heard. */
export async function openFifo(path: string): Promise<Socket> {
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
