/** What is measured: a case is an archive and who is to make an image of it. */
import { realClosure } from '../test/fixtures/real-closure.ts';
import { type Archive, manyEntries, oneDirectory, oneFile, storePaths } from './archives.ts';
import { type Absent, absent, type Contender, once } from './contender.ts';
import { referencesAlone, sha256Alone } from './contenders/analysis.ts';
import { copy } from './contenders/copy.ts';
import { expansions, FORMATS, type Format, nativeName } from './contenders/expand.ts';
import { genext2fs } from './contenders/genext2fs.ts';
import { LINEAR, lookups } from './contenders/lookups.ts';
import { mke2fsD } from './contenders/mke2fs-d.ts';
import { npmStart } from './contenders/npm-start.ts';
import { originalScript } from './contenders/original-script.ts';
import { page, pageInstant, pageProven, pageSaving, plainSaving } from './contenders/page.ts';
import { storeimgBuild, storeimgWith } from './contenders/storeimg-build.ts';
import { untar } from './contenders/untar.ts';

export interface Case {
  readonly name: string;
  readonly description: string;
  /** Makes the archive, or finds it in the cache. */
  readonly archive: () => Promise<Archive>;
  /** Bytes on disk that the case takes at its worst, the making of its archive included. */
  readonly disk: number;
  readonly rounds: number;
  readonly contenders: readonly (Contender | Absent)[];
  /** The contender that all are held against; the original script unless said otherwise. */
  readonly baseline?: string;
  /** Shows how many megabytes of archive each contender did a second. */
  readonly hasSpeed?: true;
  /** Shows where a build's time goes. */
  readonly isProfiled?: true;
}

/** All sizes are multiplied by this: 1 is what is published. */
export const SCALE = Number(process.env.BENCH_SCALE ?? 1);
const scaled = (size: number, least = 1) => Math.max(least, Math.round(SCALE * size));

const ROUNDS = 3;
const GB = 1e9;
const GIB = 2 ** 30;

const real = (bytes: number, entries: number) => () => realClosure(scaled(bytes), scaled(entries, 1000), 'plain');

const QUADRATIC = 'compares each name with all before it: 25 times what 20,000 take';

/** What takes longest to make. */
const SLOW: ReadonlySet<Format> = new Set(['xz', 'bzip2']);
const UNHASHED = storeimgWith('--no-sha256');
const WITHOUT_HASHES = storeimgWith('--registration', 'none');

export const CASES: readonly Case[] = [
  {
    name: 'real-closure',
    description: "A closure made by Nix from the machine's own files",
    archive: real(1.2 * GB, 24_000),
    disk: 10 * GB,
    rounds: ROUNDS,
    contenders: [originalScript, mke2fsD, untar, once(genext2fs), copy, storeimgBuild, UNHASHED, page, npmStart],
    isProfiled: true,
  },
  {
    name: 'instant-build',
    description: 'The same; contents were read while a person looked at the page',
    archive: real(1.2 * GB, 24_000),
    disk: 8 * GB,
    rounds: ROUNDS,
    contenders: [pageInstant],
    baseline: pageInstant.name,
  },
  {
    name: 'page-save',
    description: 'The same; a finished image on its way out of the page',
    archive: real(1.2 * GB, 24_000),
    disk: 10 * GB,
    rounds: ROUNDS,
    contenders: [plainSaving, pageSaving],
    baseline: plainSaving.name,
  },
  {
    name: 'million-entries',
    description: 'As many entries as a personal system has that is packed whole (nixpkgs#473135)',
    archive: () => manyEntries(scaled(1_090_610)),
    disk: 20 * GB,
    rounds: 1,
    contenders: [copy, storeimgBuild],
    baseline: copy.name,
  },
  {
    name: 'names-20000',
    description: 'Small files in one directory, with names of all lengths',
    archive: () => oneDirectory(scaled(20_000)),
    disk: GB,
    rounds: ROUNDS,
    contenders: [originalScript, mke2fsD, untar, genext2fs, copy, storeimgBuild],
  },
  {
    name: 'names-100000',
    description: 'The same, five times as many',
    archive: () => oneDirectory(scaled(100_000)),
    disk: 3 * GB,
    rounds: ROUNDS,
    contenders: [
      absent(originalScript, QUADRATIC),
      absent(mke2fsD, QUADRATIC),
      untar,
      absent(genext2fs, QUADRATIC),
      copy,
      storeimgBuild,
    ],
  },
  {
    name: 'store-paths-3000',
    description: 'Small store paths of four entries each',
    archive: () => storePaths(scaled(3000)),
    disk: GB,
    rounds: ROUNDS,
    contenders: [originalScript, mke2fsD, untar, genext2fs, copy, storeimgBuild, page],
  },
  {
    name: 'five-gib-file',
    description: 'One file of 5 GiB of random bytes',
    archive: () => oneFile(scaled(5 * GIB)),
    disk: 30 * GB,
    rounds: 1,
    contenders: [
      absent(originalScript, 'leaves 3 % for journal and inode tables, 16 MB too little'),
      mke2fsD,
      untar,
      absent(genext2fs, 'its ext2 has no files of 2 GiB and more'),
      copy,
      storeimgBuild,
      page,
    ],
  },
  {
    name: 'six-gb-closure',
    description: 'What the page makes, saved, checked by native e2fsck and compared with the archive through a mount',
    archive: real(6.3 * GB, 100_000),
    disk: 38 * GB,
    rounds: 1,
    contenders: [copy, storeimgBuild, pageProven],
  },
  {
    name: 'one-gb-closure',
    description: 'What the memory of the next case is held against',
    archive: real(GB, 16_000),
    disk: 4 * GB,
    rounds: ROUNDS,
    contenders: [copy, storeimgBuild],
  },
  {
    name: 'ten-gb-closure',
    description: "A large closure made by Nix from the machine's own files, repeated in different store paths",
    archive: real(10 * GB, 160_000),
    disk: 34 * GB,
    rounds: 1,
    contenders: [copy, storeimgBuild],
  },
  ...FORMATS.map(
    (format): Case => ({
      name: `expand-${format}`,
      description: `A closure compressed by ${format}`,
      archive: SLOW.has(format) ? real(0.3 * GB, 6000) : real(1.2 * GB, 24_000),
      disk: 6 * GB,
      rounds: ROUNDS,
      contenders: expansions(format),
      baseline: nativeName(format),
      hasSpeed: true,
    }),
  ),
  {
    name: 'lookups',
    description: 'All names of one directory looked up',
    archive: () => oneDirectory(scaled(20_000)),
    disk: GB,
    rounds: ROUNDS,
    contenders: lookups,
    baseline: LINEAR,
  },
  {
    name: 'registration',
    description: 'What NAR hashes and references add to a build',
    archive: real(1.2 * GB, 24_000),
    disk: 5 * GB,
    rounds: ROUNDS,
    contenders: [WITHOUT_HASHES, storeimgWith('--registration', 'full'), sha256Alone, referencesAlone],
    baseline: WITHOUT_HASHES.name,
    hasSpeed: true,
  },
  {
    name: 'compressed-output',
    description: 'Images compressed as they are made, snug and with 8 GiB of holes',
    archive: real(0.3 * GB, 6000),
    disk: 5 * GB,
    rounds: ROUNDS,
    contenders: [[], ['--size', '8G', '--sparse']].flatMap((size) =>
      [[], ['--compress', 'gzip'], ['--compress', 'zstd']].map((compress) => storeimgWith(...size, ...compress)),
    ),
    baseline: storeimgBuild.name,
  },
];
