/** What a case hands to its contenders, and what a contender is. */

import { run } from '../test/fixtures/process.ts';
import { environment } from '../test/oracles/native.ts';
import type { Measurement } from './measure.ts';

export interface Material {
  readonly archive: string;
  /** Called `closure-…`, as the original script wants them. */
  readonly manifests: readonly string[];
  /** The archive unpacked; there only for contenders with `readsTree`. */
  readonly tree: string;
  /** Names below `/nix/store`, and the inodes that they stand for. */
  readonly names: number;
  readonly inodes: number;
}

export interface Contender {
  readonly name: string;
  /** Works on the archive unpacked, whose unpacking is not counted. */
  readonly readsTree?: true;
  /** Rounds that it takes part in, the first ones; absent: all. */
  readonly rounds?: number;
  /** Does the work once, and asserts that it was done. May leave a file or folder at `image`. */
  run(material: Material, image: string): Promise<Measurement>;
}

/** A contender that sits a case out: a row of the table with the reason. */
export interface Absent {
  readonly name: string;
  readonly why: string;
}

export const once = (contender: Contender): Contender => ({ ...contender, rounds: 1 });
export const absent = ({ name }: Contender, why: string): Absent => ({ name, why });

/** `/nix`, `/nix/store`. */
export const PARENTS = 2;
export const REGISTRATION = 1;

/** Asserts how many inodes an image has in use, besides mke2fs' own. */
export async function assertInodes(image: string, expected: number): Promise<void> {
  const superblock = (await run('dumpe2fs', ['-h', image], { env: environment })).toString();
  const field = (name: string) => Number(new RegExp(`^${name}: +(\\d+)$`, 'm').exec(superblock)?.[1]);
  const own = RESERVED_INODES + (superblock.includes('Orphan file inode:') ? 1 : 0);
  const used = field('Inode count') - field('Free inodes') - own;
  if (used !== expected) throw new Error(`${image} holds ${used} inodes, not ${expected}`);
}

/** Ten reserved ones and lost+found. */
const RESERVED_INODES = 11;
