/** Where an image is made and how it gets its final name: never half-made under it. */
import { existsSync, lstatSync, readlinkSync, realpathSync, rmSync, statSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { COMPRESSIONS, type Delivery, imageName, type Options, Refusal } from '../core/index.ts';
import { partialPath, removeLeftovers } from './partial.ts';
import { copyToStream } from './special.ts';
import { guard, guarded } from './storage.ts';

export interface Output {
  /** As the person named it. */
  readonly path: string;
  /** A device, a FIFO or standard output: written when all else is done. */
  readonly isStream: boolean;
  /** Where the image is made, compressed where that was asked. */
  readonly partial: string;
  /** Where the block map goes. */
  readonly bmap: string;
  /**
   * Puts the finished image where it was wanted, with its block map where there is one; returns warnings.
   * @throws Refusal `device-too-small`, `storage-full`, `storage-failed`
   */
  finish(written: Pick<Delivery, 'bmap' | 'writtenBytes'>): Promise<readonly string[]>;
  /** Removes what was made; can be called at any time, also from a signal handler. */
  discard(): void;
}

/** Beside the archive. */
export const defaultOutput = (archive: string, options: Options): string =>
  join(dirname(archive), imageName(basename(archive), options));

/**
 * A regular file is made beside its final name; a device, a FIFO or `-` gets the image once it is finished.
 * @param inputs paths that are read
 * @throws Refusal `storage-failed` where nothing can be made, `output-folder`, `output-is-input`
 */
export function openOutput(path: string, { compress }: Options, inputs: readonly string[]): Output {
  if (inputs.some((input) => isSame(input, path))) throw new Refusal('output-is-input', { path });
  const isStream = path === '-' || isSpecial(path);
  const target = isStream ? join(tmpdir(), 'image') : linkTarget(path);
  const folder = target.endsWith('/') ? target : dirname(target);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw new Refusal('output-folder', { path, folder });
  removeLeftovers(folder, basename(target));
  const partial = partialPath(folder, basename(target));
  // Flashing tools look for it under the image's name without the compression's ending.
  const { ending } = COMPRESSIONS[compress];
  const bmap = `${ending && path.endsWith(ending) ? path.slice(0, -ending.length) : path}.bmap`;
  const discard = () => {
    for (const made of [partial, `${partial}.bmap`]) {
      try {
        rmSync(made, { force: true });
      } catch {} // What is to be told is why it is discarded.
    }
  };
  return {
    path,
    isStream,
    partial,
    bmap,
    discard,
    async finish({ bmap: map, writtenBytes }) {
      if (map !== undefined) {
        await guarded(writeFile(`${partial}.bmap`, map));
        await guarded(rename(`${partial}.bmap`, bmap));
      }
      if (isStream) await copyToStream(partial, writtenBytes, path);
      else await guarded(rename(partial, target));
      discard();
      return map !== undefined || isStream || !existsSync(bmap)
        ? []
        : [`${bmap} was made for an earlier image, and bmaptool takes it unasked: remove it, or build with --bmap`];
    },
  };
}

/** Where a symbolic link leads, also to what is not there yet: the link stays. */
function linkTarget(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink();
  return isLink ? linkTarget(resolve(dirname(path), readlinkSync(path))) : path;
}

function isSpecial(path: string): boolean {
  const status = guard(() => statSync(path, { throwIfNoEntry: false }));
  if (status?.isDirectory()) throw new Refusal('storage-failed', { why: `${path} is a directory` });
  return status !== undefined && !status.isFile();
}

function isSame(one: string, other: string): boolean {
  if (one === '-' || other === '-') return false;
  try {
    const [first, second] = [statSync(one, { bigint: true }), statSync(other, { bigint: true })];
    return first.dev === second.dev && first.ino === second.ino;
  } catch {
    return false; // What is missing is told where it is opened.
  }
}
