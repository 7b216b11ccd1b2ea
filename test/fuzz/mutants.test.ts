/** Whatever is damaged: an image that e2fsck accepts, or a refusal. */
import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, describe, expect, test } from 'vitest';
import { analyseRecipes, Refusal, type SessionHost } from '../../src/core/index.ts';
import type { Options } from '../../src/core/options.ts';
import { buildInMemory } from '../build/in-memory.ts';
import { budget } from './budget.ts';
import { Dice } from './dice.ts';
import { type Input, soundInputs } from './inputs.ts';
import { mutate, mutateCompressed, mutateNars, mutateTar } from './mutate.ts';
import { Watchdog } from './watchdog.ts';

const { runs, seed, timeout } = budget('mutants, of each kind', 1250);
const watchdog = new Watchdog(`mutants of FUZZ_SEED=${seed}`);
afterAll(() => watchdog.close());

/** Mostly the least that mke2fs has to make, now and then all the decisions. */
const LEAST: Partial<Options> = { size: 2 ** 23, journal: 'none', registration: 'zero' };
const OPTIONS: readonly Partial<Options>[] = [...Array(7).fill(LEAST), {}, { profile: 'original', size: 2 ** 23 }];

interface Made {
  readonly archive: Uint8Array;
  readonly manifest?: Uint8Array;
}

const inputs = await soundInputs(seed);

const KINDS: readonly (readonly [string, (input: Input, dice: Dice) => Made])[] = [
  ['tar', ({ tar }, dice) => ({ archive: mutateTar(tar, dice) })],
  ['manifest', ({ tar, manifests }, dice) => ({ archive: tar, manifest: mutate(dice.one(manifests), dice) })],
  [
    'compressed',
    ({ compressed }, dice) => ({ archive: mutateCompressed(dice.one(compressed), dice.one(compressed), dice) }),
  ],
  ['nix-store --export', ({ stream }, dice) => ({ archive: mutateNars(stream, dice) })],
];

/** A header can promise a hole that takes hours to hash: such paths are told to have the hash 0. */
const MOST_HASHED = 2 ** 28;
const analyse: SessionHost['analyse'] = async ({ recipes, wanted }, sources) => {
  const short = recipes.filter(({ narSize }) => narSize <= MOST_HASHED);
  const hasher = () => {
    const hash = createHash('sha256');
    return { update: (bytes: Uint8Array) => void hash.update(bytes), digest: () => hash.digest() };
  };
  const analyses = await analyseRecipes({ recipes: short, wanted }, sources, hasher);
  const none = { narHash: new Uint8Array(32), zeros: new Float64Array(), found: new Map(), foreign: new Map() };
  return recipes.map(({ storePath, narSize }) => {
    return analyses.find((analysis) => analysis.storePath === storePath) ?? { storePath, narSize, ...none };
  });
};

/** Refusals that say that what was made, not what was given, is wrong. */
const OUR_FAULT = new Set(['check-failed', 'program-failed', 'program-said', 'storage-failed']);

/** `undefined` where all is well: an image, or a sentence about the input. */
async function defectOf({ archive, manifest }: Made, options: Partial<Options>): Promise<unknown> {
  try {
    const manifests = manifest ? [{ name: 'closure-mutant', bytes: manifest }] : [];
    await buildInMemory(archive, options, { analyse }, manifests);
    return undefined;
  } catch (thrown) {
    return thrown instanceof Refusal && !OUR_FAULT.has(thrown.code) ? undefined : thrown;
  }
}

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');
function heldBytes(): number {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** What caches may come to hold after the first cases. */
const MOST_GROWTH = 24 * 2 ** 20;

describe.each(KINDS)('%s', (kind, make) => {
  test('damaged, is built or refused', { timeout }, async () => {
    const defects: string[] = [];
    let held = 0;
    for (let number = 0; number < runs; number++) {
      watchdog.begin(number);
      const dice = new Dice(seed + number);
      const made = make(dice.one(inputs), dice);
      const defect = await defectOf(made, dice.one(OPTIONS));
      if (defect)
        defects.push(`FUZZ_SEED=${seed}, ${kind} ${number}: ${defect instanceof Error ? defect.stack : defect}`);
      if (number === Math.min(200, runs >> 1)) held = heldBytes();
    }
    expect(defects).toEqual([]);
    expect(heldBytes() - held).toBeLessThan(MOST_GROWTH);
  });
});
