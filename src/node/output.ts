/** Where an image is made and how it gets its final name: never half-made under it. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, lstatSync, readlinkSync, realpathSync, rmSync, statSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { COMPRESSIONS, type Delivery, imageName, type Options, Refusal } from '../core/index.ts';
import { partialPath, removeLeftovers } from './partial.ts';
import { guard, guarded } from './storage.ts';
import { fileTarget, streamTarget, type Target } from './target.ts';

export interface Output {
  /** As the person named it. */
  readonly path: string;
  /** A device, a FIFO or standard output. */
  readonly isStream: boolean;
  /** What files that are half made are called, with endings. */
  readonly partial: string;
  /** The folder that the image's file is made in; `undefined` of a stream. */
  readonly folder: string | undefined;
  /** Where the block map goes. */
  readonly bmap: string;
  /**
   * Opens what the image is written to.
   * @param bytes that will be written; 0 where compressing tells
   * @throws Refusal `device-too-small`, `storage-full`, `storage-failed`
   */
  open(bytes: number): Promise<Target>;
  /**
   * Reads back what was written, where that can be read, and compares its digest.
   * @throws Refusal `storage-differs`
   */
  assertWritten(written: Pick<Delivery, 'writtenBytes' | 'writtenSha256'>): Promise<void>;
  /**
   * Puts the written image where it was wanted, with its block map where there is one; returns warnings.
   * @throws Refusal `storage-full`, `storage-failed`
   */
  finish(written: Pick<Delivery, 'bmap'>): Promise<readonly string[]>;
  /** Removes what was made; can be called at any time, also from a signal handler. */
  discard(): void;
}

/** Beside the archive. */
export const defaultOutput = (archive: string, options: Options): string =>
  join(dirname(archive), imageName(basename(archive), options));

/**
 * A regular file is made beside its final name; a device, a FIFO or `-` is written to once the image is checked.
 * @param inputs paths that are read
 * @throws Refusal `storage-failed` where nothing can be made, `output-folder`, `output-is-input`
 */
export function openOutput(path: string, { compress, sparse }: Options, inputs: readonly string[]): Output {
  if (inputs.some((input) => isSame(input, path))) throw new Refusal('output-is-input', { path });
  const isStream = path === '-' || isSpecial(path);
  // A stream's is where archives are expanded.
  const target = isStream ? join(tmpdir(), 'image') : linkTarget(path);
  const folder = target.endsWith('/') ? target : dirname(target);
  if (!isStream && !statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new Refusal('output-folder', { path, folder });
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
    folder: isStream ? undefined : folder,
    bmap,
    discard,
    open: async (bytes) => (isStream ? streamTarget(path, bytes) : fileTarget(partial, bytes, !sparse)),
    async assertWritten({ writtenBytes, writtenSha256 }) {
      const made = isStream ? path : partial;
      if (made === '-' || !isReadable(made)) return;
      const hash = createHash('sha256');
      if (writtenBytes > 0)
        for await (const piece of createReadStream(made, { end: writtenBytes - 1 })) hash.update(piece);
      if (hash.digest('hex') !== writtenSha256) throw new Refusal('storage-differs', { path });
    },
    async finish({ bmap: map }) {
      if (map !== undefined) {
        await guarded(writeFile(`${partial}.bmap`, map));
        await guarded(rename(`${partial}.bmap`, bmap));
      }
      if (!isStream) await guarded(rename(partial, target));
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

/** Whether what was written there can be read again. */
function isReadable(path: string): boolean {
  const status = statSync(path);
  return status.isFile() || status.isBlockDevice();
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
