/** Where an image is made and how it gets its final name: never half-made under it. */
import { createReadStream, createWriteStream, existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { COMPRESSIONS, imageName, type Options, Refusal } from '../core/index.ts';
import { guard, guarded } from './storage.ts';

const READ_AHEAD = 2 ** 20;

export interface Output {
  /** As the person named it. */
  readonly path: string;
  /** A device, a FIFO or standard output: written when all else is done. */
  readonly isStream: boolean;
  /** Where the image is made. */
  readonly raw: string;
  /** Where the image is compressed to; `undefined` where it stays as it is. */
  readonly packed: string | undefined;
  /** Where the block map goes. */
  readonly bmap: string;
  /** Puts the finished image where it was wanted, with its block map where there is one; returns warnings. */
  finish(bmap: string | undefined): Promise<readonly string[]>;
  /** Removes what was made; can be called at any time, also from a signal handler. */
  discard(): void;
}

/** Beside the archive. */
export const defaultOutput = (archive: string, options: Options): string =>
  join(dirname(archive), imageName(basename(archive), options));

/**
 * A regular file is made beside its final name; a device, a FIFO or `-` gets the image once it is finished.
 * @param inputs paths that are read
 * @throws Refusal `storage-failed` where nothing can be made, `output-is-input`
 */
export function openOutput(path: string, { compress }: Options, inputs: readonly string[]): Output {
  if (inputs.some((input) => isSame(input, path))) throw new Refusal('output-is-input', { path });
  const isStream = path === '-' || isSpecial(path);
  const folder = isStream ? tmpdir() : dirname(path);
  const stem = isStream ? 'image' : basename(path);
  removeLeftovers(folder, stem);
  const raw = join(folder, `${partialPrefix(stem)}${process.pid}`);
  const packed = compress === 'none' ? undefined : `${raw}.packed`;
  const whole = packed ?? raw;
  // Flashing tools look for it under the image's name without the compression's ending.
  const { ending } = COMPRESSIONS[compress];
  const bmap = `${ending && path.endsWith(ending) ? path.slice(0, -ending.length) : path}.bmap`;
  const discard = () => {
    for (const made of [raw, `${raw}.packed`, `${raw}.bmap`]) rmSync(made, { force: true });
  };
  return {
    path,
    isStream,
    raw,
    packed,
    bmap,
    discard,
    async finish(map) {
      if (map !== undefined) {
        await guarded(writeFile(`${raw}.bmap`, map));
        await guarded(rename(`${raw}.bmap`, bmap));
      }
      if (isStream) {
        const from = createReadStream(whole, { highWaterMark: READ_AHEAD });
        const to = path === '-' ? process.stdout : createWriteStream(path, { flags: 'r+' });
        await guarded(pipeline(from, to, { end: path !== '-' }));
      } else {
        await guarded(rename(whole, path));
      }
      discard();
      return map !== undefined || isStream || !existsSync(bmap)
        ? []
        : [`${bmap} was made for an earlier image, and bmaptool takes it unasked: remove it, or build with --bmap`];
    },
  };
}

const partialPrefix = (stem: string) => `.${stem}.storeimg-`;

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

/** A killed build could not tidy up: what a process left that runs no more is removed. */
function removeLeftovers(folder: string, stem: string): void {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return; // The folder's absence is reported when the image is made.
  }
  for (const name of names) {
    if (!name.startsWith(partialPrefix(stem))) continue;
    const pid = Number.parseInt(name.slice(partialPrefix(stem).length), 10);
    if (pid > 0 && !isRunning(pid)) rmSync(join(folder, name), { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
