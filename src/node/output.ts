/** Where an image is made and how it gets its final name: never half-made under it. */
import { createReadStream, createWriteStream, readdirSync, rmSync, statSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { COMPRESSIONS, type Options } from '../core/index.ts';

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
  /** Puts the finished image where it was wanted, with its block map where there is one. */
  finish(bmap: string | undefined): Promise<void>;
  /** Removes what was made; can be called at any time, also from a signal handler. */
  discard(): void;
}

/** The archive's name with `.img`, and what a compression adds, instead of its endings. */
export function defaultOutput(archive: string, { compress }: Options): string {
  const name = basename(archive);
  const stem = name.replace(/\.(tar|tgz|tbz2?|txz|tzst)?(\.(gz|xz|zst|bz2|lz4))?$/i, '');
  return join(dirname(archive), `${stem || name}.img${COMPRESSIONS[compress].ending}`);
}

/** A regular file is made beside its final name; a device, a FIFO or `-` gets the image once it is finished. */
export function openOutput(path: string, { compress }: Options): Output {
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
        await writeFile(`${raw}.bmap`, map);
        await rename(`${raw}.bmap`, bmap);
      }
      if (!isStream) {
        await rename(whole, path);
        return discard();
      }
      await pipeline(
        createReadStream(whole, { highWaterMark: READ_AHEAD }),
        path === '-' ? process.stdout : createWriteStream(path, { flags: 'r+' }),
        { end: path !== '-' },
      );
      discard();
    },
  };
}

const partialPrefix = (stem: string) => `.${stem}.storeimg-`;

function isSpecial(path: string): boolean {
  const status = statSync(path, { throwIfNoEntry: false });
  return status !== undefined && !status.isFile();
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
