/** The kernel's ext4 as judge of an image's contents. Needs root and a loop device. */
import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../fixtures/process.ts';
import { compareListings, type Facts, type Listing, list } from './listing.ts';

/** How an image is meant to differ from the unpacked archive. */
export interface Expectation {
  /** Every timestamp. */
  readonly time: number;
  /** Group of everything below `nix/store`; the owner is 0. */
  readonly gid: number;
  /** `copy`: each name of a hard-linked file is a file of its own. `dedupe`: all that are alike in the store are one. */
  readonly links: 'keep' | 'copy' | 'dedupe';
  /** What of the tree is in the image. */
  readonly holds: (path: string) => boolean;
  /** What of the tree is the image's root, with a slash at the end; all of it where absent. */
  readonly root?: string;
}

export const DEFAULT_PROFILE: Expectation = { time: 1, gid: 30000, links: 'keep', holds: () => true };
export const ORIGINAL_PROFILE: Expectation = {
  time: 0,
  gid: 30000,
  links: 'copy',
  holds: (path) => path === 'nix' || path.startsWith('nix/'),
};

/** In every image, whatever the archive holds; tests look at them separately. */
const ASIDE = /^(lost\+found|nix-path-registration)$/;

/** Mounts an image read-only and compares all that is in it with an unpacked archive; returns what is different. */
export async function mountAndCompare(image: string, tree: string, expectation: Expectation): Promise<string[]> {
  return compareListings(expectedOf(tree, expectation), await listImage(image));
}

/** Runs a program that has to succeed. */
type Run = (program: string, args: readonly string[]) => Promise<unknown>;

/** Mounts an image read-only and lists all that came from the archive. */
export async function listImage(image: string, start: Run = run): Promise<Listing> {
  return new Map([...(await listMounted(image, start))].filter(([path]) => !ASIDE.test(path)));
}

function expectedOf(tree: string, { time, gid, links, holds, root = '' }: Expectation): Listing {
  const expected = new Map<string, Facts>();
  const firsts = new Map<string, string>();
  for (const [path, facts] of list(tree)) {
    const like = `${facts.mode} ${facts.sha256}`;
    const isShared = links === 'dedupe' && facts.type === 'file' && path.startsWith('nix/store/');
    const first = isShared ? firsts.get(like) : facts.sameAs;
    if (isShared && !first) firsts.set(like, path);
    if (!holds(path) || !path.startsWith(root) || path === root) continue;
    expected.set(path.slice(root.length), {
      ...facts,
      sameAs: first?.slice(root.length),
      ...(path.startsWith('nix/store/') && { uid: 0, gid }),
      ...(links === 'copy' && { sameAs: undefined }),
      times: [time, time, time, time],
    });
  }
  return expected;
}

const listMounted = (image: string, start: Run): Promise<Listing> => mounted(image, list, start);

/** Mounts an image read-only while `work` looks at it. */
export async function mounted<T>(
  image: string,
  work: (folder: string) => T | Promise<T>,
  start: Run = run,
): Promise<T> {
  const point = await mkdtemp(join(tmpdir(), 'storeimg-mount-'));
  try {
    await start('mount', ['-o', 'loop,ro', image, point]);
    try {
      return await work(point);
    } finally {
      await start('umount', [point]);
    }
  } finally {
    await rmdir(point);
  }
}
