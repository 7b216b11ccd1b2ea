/** `--size fit`: whatever the tree, the contents fit, the headrooms are free, and hardly more. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isRefusal } from '../../src/core/errors.ts';
import type { Options } from '../../src/core/options.ts';
import { type GeneratedEntry, type Piece, tarOf } from '../fixtures/generated.ts';
import { type Built, buildInMemory } from './in-memory.ts';

const KIB = 2 ** 10;
const MIB = 2 ** 20;
const ROOT = `nix/store/${'a'.repeat(32)}-generated`;
/** Others by `FIT_RUNS=1000 FIT_SEED=$RANDOM npx vitest run test/build/fit.test.ts`; a failure prints its seed. */
const RUNS = Number(process.env.FIT_RUNS ?? 30);
const SEED = Number(process.env.FIT_SEED ?? 11);

const whole = (size: number): Piece[] => (size > 0 ? [{ at: 0, length: size }] : []);
const file = (path: string, size: number, data = whole(size)): GeneratedEntry => ({ path, type: 'file', size, data });
const name = (index: number, length: number) => `${index}`.padEnd(length, 'n');

const times = (count: number, make: (index: number) => GeneratedEntry): GeneratedEntry[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** A part of a tree: what lies below a directory of its own. */
type Part = (root: string) => GeneratedEntry[];

/** A part made of a few numbers, which a failure prints instead of all entries. */
const part = <T>(kind: string, numbers: fc.Arbitrary<T>, make: (numbers: T, root: string) => GeneratedEntry[]) =>
  numbers.map((chosen): Part => {
    const print = { [fc.toStringMethod]: () => `${kind} ${JSON.stringify(chosen)}` };
    return Object.assign((root: string) => make(chosen, root), print);
  });

const upTo = (most: number) => fc.integer({ min: 1, max: most });
const nameLength = fc.oneof(upTo(30), upTo(255));

const wide = part(
  'wide',
  fc.record({ count: upTo(3000), size: fc.nat(9000), length: nameLength }),
  ({ count, size, length }, root) => times(count, (i) => file(`${root}/${name(i, length)}`, size)),
);

/** Directories that grow in turns: none of them lies in one run. */
const inTurns = part(
  'in turns',
  fc.record({ directories: upTo(200), files: upTo(400), size: fc.nat(5000), length: nameLength }),
  ({ directories, files, size, length }, root) =>
    times(Math.min(directories * files, 6000), (i) => file(`${root}/${i % directories}/${name(i, length)}`, size)),
);

const deep = part('deep', fc.record({ depth: upTo(500), length: upTo(200) }), ({ depth, length }, root) => {
  // A path has at most 4095 bytes.
  const levels = Math.min(depth, Math.floor(4000 / (Math.max(length, 3) + 1)));
  return [file(`${root}/${Array.from({ length: levels }, (_, i) => name(i, length)).join('/')}/leaf`, 1)];
});

const links = part(
  'links',
  fc.record({ count: upTo(1000), target: upTo(4095), length: nameLength }),
  ({ count, target, length }, root) =>
    times(count, (i) => ({ path: `${root}/${name(i, length)}`, type: 'symlink', target: 't'.repeat(target) })),
);

const huge = part('huge', upTo(24 * MIB), (size, root) => [file(`${root}/huge`, size)]);

/** Runs of data between holes, or between blocks of zeros. */
const broken = part(
  'broken',
  fc.record({ files: upTo(200), pieces: upTo(1500), data: upTo(20_000), gap: upTo(40_000), isHole: fc.boolean() }),
  ({ files, pieces, data, gap, isHole }, root) => {
    const stored = data + (isHole ? 0 : gap);
    const count = Math.max(1, Math.min(pieces, Math.floor((24 * MIB) / files / stored)));
    const content: Piece[] = [];
    for (let i = 0; i < count; i++) {
      content.push({ at: i * (data + gap), length: data });
      if (!isHole) content.push({ at: i * (data + gap) + data, length: gap, isZero: true });
    }
    return times(files, (i) => file(`${root}/${i}`, count * (data + gap), content));
  },
);

const trees = fc.array(fc.oneof(wide, inTurns, deep, links, huge, broken), { minLength: 1, maxLength: 4 });

const choices = fc.record({
  headroom: fc.oneof(fc.constant(16 * MIB), fc.integer({ min: 0, max: 200 * MIB })),
  inodeHeadroom: fc.oneof(fc.constant(1024), fc.integer({ min: 0, max: 200_000 })),
  features: fc.constantFrom('classic', 'modern', 'u-boot'),
  journal: fc.constantFrom('default', 'none'),
  reserved: fc.constantFrom(0, 5, 50),
  registration: fc.constantFrom('none', 'zero', 'full'),
}) satisfies fc.Arbitrary<Partial<Options>>;

/** Bytes free beyond the headroom, and how many of them there may be. */
function spare({ image }: Built['report'], { headroom = 16 * MIB }: Partial<Options>) {
  const free = image.freeBlocks * image.blockSize - headroom;
  return { free, most: Math.max(image.bytes / 100, MIB) };
}

/** Whatever is wrong with an image's free space. @param isLeast where nothing smaller can be had: all that is free is spare */
function complaints(report: Built['report'], options: Partial<Options>, isLeast = false) {
  const { image } = report;
  const { inodeHeadroom = 1024 } = options;
  const { free, most } = spare(report, options);
  const freeInodes = image.freeInodes - inodeHeadroom;
  // A block of the inode table has 16; a bitmap of one block counts a group's blocks, another one its inodes.
  const groups = Math.ceil(image.blocks / 32768) + Math.ceil(image.inodes / 32768);
  return [
    ...(free < 0 ? [`${-free / KIB} KiB of the headroom are missing`] : []),
    ...(free > most && !isLeast ? [`${free / KIB} KiB too much are free, over ${most / KIB}`] : []),
    ...(freeInodes < 0 ? [`${-freeInodes} inodes of the headroom are missing`] : []),
    ...(freeInodes > 2 * 16 * groups ? [`${freeInodes} inodes too much are free in ${groups} groups`] : []),
    ...(image.bytes % MIB ? ['it is no whole number of MiB'] : []),
  ];
}

/** Whether a smaller image would lack room: mke2fs' tables, its journal and its last group come in steps. */
async function isLeast(tar: Uint8Array, options: Partial<Options>, { image }: Built['report']): Promise<boolean> {
  const smaller = buildInMemory(tar, { ...options, size: image.bytes - MIB });
  return smaller.then(
    ({ report }) => spare(report, options).free < 0 || (image.bytes === 8 * MIB && options.journal !== 'none'),
    (error) => isRefusal(error, 'image-too-small') || isRefusal(error, 'image-full'),
  );
}

test(`fits: ${RUNS} random trees`, { timeout: 10_000 * RUNS }, async () => {
  await fc.assert(
    fc.asyncProperty(trees, choices, async (parts, options) => {
      const entries = parts.flatMap((make, index) => make(`${ROOT}/${index}`));
      const tar = await tarOf(entries);
      const { report } = await buildInMemory(tar, options);
      const { free, most } = spare(report, options);
      expect(complaints(report, options, free > most && (await isLeast(tar, options, report)))).toEqual([]);
      expect(report.check).toMatchObject({ clean: true });
    }),
    // Whole images are too much to try smaller ones by the hundred.
    { numRuns: RUNS, seed: SEED, endOnFailure: true },
  );
});

test('60,000 files of 2,000 bytes, which the original formula leaves without inodes', async () => {
  const entries = times(60_000, (i) => file(`${ROOT}/${i % 100}/${i}`, 2000));
  const { report } = await buildInMemory(await tarOf(entries), { registration: 'zero' });
  expect(complaints(report, {})).toEqual([]);
  expect(report.warnings).toEqual([]);
});

test.each(['full', 'zero', 'none'] as const)(
  '3,000 store paths that no manifest tells of: no more is left free, with --registration %s',
  async (registration) => {
    const path = (index: number) => `nix/store/${`${index}`.padStart(32, '0')}-small`;
    const { report } = await buildInMemory(await tarOf(times(3000, (i) => file(path(i), 10))), { registration });
    expect(complaints(report, {})).toEqual([]);
  },
);

describe('a size that is given and too small', () => {
  const tar = tarOf(times(100, (i) => file(`${ROOT}/${i}`, 300_000)));

  test('an image of a given size is refused, not repeated', async () => {
    await expect(buildInMemory(await tar, { size: 16 * MIB })).rejects.toMatchObject({ code: 'image-full' });
  });
});
