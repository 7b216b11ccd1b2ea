/** What a file tree holds, as the kernel tells it: two listings can be compared, whatever filesystems they are from. */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { bytes } from '../fixtures/tree.ts';

/** One name, as `lstat` and reading describe it. */
export interface Facts {
  readonly type: 'directory' | 'file' | 'symlink' | 'other';
  readonly mode: string;
  readonly uid: number;
  readonly gid: number;
  /** Of files and symbolic links; directories have whatever size their filesystem gives them. */
  readonly size: number | undefined;
  /** SHA-256 of a file's content. */
  readonly sha256: string | undefined;
  /** Of a symbolic link, as a byte string. */
  readonly target: string | undefined;
  /** The first name, in bytewise order, of the same inode. */
  readonly sameAs: string | undefined;
  /** Access, modification, change and birth, in seconds. */
  readonly times: readonly number[];
}

/** By path relative to the root, as byte strings. */
export type Listing = ReadonlyMap<string, Facts>;

/** Lists everything below a folder. */
export function list(root: string): Listing {
  const listing = new Map<string, Facts>();
  const inodes = new Map<bigint, string>();
  const visit = (folder: string): void => {
    const names = readdirSync(bytes(`${root}/${folder}`), { encoding: 'buffer' });
    for (const name of names.map((name) => name.toString('latin1')).sort()) {
      const path = folder + name;
      const place = bytes(`${root}/${path}`);
      const status = lstatSync(place, { bigint: true });
      const type = typeOf(status);
      listing.set(path, {
        type,
        mode: (Number(status.mode) & 0o7777).toString(8),
        uid: Number(status.uid),
        gid: Number(status.gid),
        size: type === 'file' || type === 'symlink' ? Number(status.size) : undefined,
        sha256: type === 'file' ? createHash('sha256').update(readFileSync(place)).digest('hex') : undefined,
        target: type === 'symlink' ? readlinkSync(place, { encoding: 'buffer' }).toString('latin1') : undefined,
        sameAs: type === 'directory' ? undefined : inodes.get(status.ino),
        times: [status.atimeNs, status.mtimeNs, status.ctimeNs, status.birthtimeNs].map((time) => Number(time) / 1e9),
      });
      if (type === 'directory') visit(`${path}/`);
      else if (!inodes.has(status.ino)) inodes.set(status.ino, path);
    }
  };
  visit('');
  return listing;
}

interface Kinds {
  isDirectory(): boolean;
  isFile(): boolean;
  isSymbolicLink(): boolean;
}

function typeOf(status: Kinds): Facts['type'] {
  if (status.isDirectory()) return 'directory';
  if (status.isFile()) return 'file';
  return status.isSymbolicLink() ? 'symlink' : 'other';
}

/** What is different, a line each. */
export function compareListings(expected: Listing, actual: Listing): string[] {
  const differences: string[] = [];
  for (const [path, facts] of expected) {
    const found = actual.get(path);
    if (!found) differences.push(`${JSON.stringify(path)} is missing`);
    else
      for (const key of Object.keys(facts) as (keyof Facts)[]) {
        const [wanted, got] = [JSON.stringify(facts[key]), JSON.stringify(found[key])];
        if (wanted !== got) differences.push(`${JSON.stringify(path)}: ${key} is ${got}, not ${wanted}`);
      }
  }
  for (const path of actual.keys()) if (!expected.has(path)) differences.push(`${JSON.stringify(path)} is too much`);
  return differences;
}
