/** Files that are half made: beside what they will be, named after who makes them, and found again when that one is gone. */
import { readdirSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Linux' limit of a name is 255 bytes; this leaves room for what is put around the stem. */
const MOST_STEM = 180;

/** Milliseconds without a write after which nobody makes it any more, where that can't be asked. */
const FORGOTTEN = 24 * 60 * 60 * 1000;

/** A path that no other process of any container uses. */
export const partialPath = (folder: string, stem: string): string =>
  join(folder, `${prefix(stem)}${process.pid}-${namespace()}`);

const prefix = (stem: string) => `.${Buffer.from(stem).subarray(0, MOST_STEM)}.storeimg-`;

/** In which numbers of processes mean the same: a container has its own. */
function namespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))![0];
  } catch {
    return '0'; // Only Linux has them.
  }
}

/** A killed build could not tidy up: what a process left that runs no more is removed. */
export function removeLeftovers(folder: string, stem: string): void {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return; // The folder's absence is reported when something is made in it.
  }
  for (const name of names) {
    const [, pid, space] = name.startsWith(prefix(stem))
      ? (/^(\d+)-(\d+)/.exec(name.slice(prefix(stem).length)) ?? [])
      : [];
    if (pid === undefined) continue;
    const path = join(folder, name);
    if (space === namespace() ? !isOther(Number(pid)) : isForgotten(path)) rmSync(path, { force: true });
  }
}

/** Whether another process with this number runs: one with our own has ended. */
function isOther(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function isForgotten(path: string): boolean {
  const status = statSync(path, { throwIfNoEntry: false });
  return status !== undefined && Date.now() - status.mtimeMs > FORGOTTEN;
}
