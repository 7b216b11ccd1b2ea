/** Whatever is damaged: an image that e2fsck accepts, or a refusal. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, describe, expect, test } from 'vitest';
import { type BuildInput, decide, Refusal } from '../../src/core/index.ts';
import { bytesSource } from '../storage/bytes-source.ts';
import { budget } from './budget.ts';
import { Dice } from './dice.ts';
import { buildInMemory } from './in-memory.ts';
import { type Input, soundInputs } from './inputs.ts';
import { mutate, mutateTar } from './mutate.ts';
import { Watchdog } from './watchdog.ts';

const { runs, seed, timeout } = budget('mutants, of each kind', 1667);
const watchdog = new Watchdog(`mutants of FUZZ_SEED=${seed}`);
afterAll(() => watchdog.close());

/** Mostly the least that mke2fs has to make, now and then all the decisions. */
const OPTIONS = [
  ...Array(7).fill(decide({ size: 2 ** 23, journal: 'none' })),
  decide({}),
  decide({ profile: 'original', size: 2 ** 23 }),
];

type Made = Pick<BuildInput, 'archives' | 'manifests'>;
const archive = (bytes: Uint8Array) => [bytesSource('mutant', bytes)];
const manifest = (bytes: Uint8Array) => [{ name: 'closure-mutant', bytes }];

const KINDS: readonly (readonly [string, (input: Input, dice: Dice) => Made])[] = [
  ['tar', ({ tar }, dice) => ({ archives: archive(mutateTar(tar, dice)), manifests: [] })],
  [
    'manifest',
    ({ tar, manifests }, dice) => ({ archives: archive(tar), manifests: manifest(mutate(dice.one(manifests), dice)) }),
  ],
  ['nix-store --export', ({ stream }, dice) => ({ archives: archive(mutate(stream, dice)), manifests: [] })],
];

/** Refusals that say that what was made, not what was given, is wrong. */
const OUR_FAULT = new Set(['check-failed', 'program-failed', 'program-said', 'storage-failed']);

/** `undefined` where all is well: an image, or a sentence about the input. */
async function defectOf(input: BuildInput): Promise<unknown> {
  try {
    await buildInMemory(input);
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
    const inputs = await soundInputs(seed);
    const defects: string[] = [];
    let held = Number.POSITIVE_INFINITY;
    for (let number = 0; number < runs; number++) {
      watchdog.begin(number);
      const dice = new Dice(seed + number);
      const made = make(dice.one(inputs), dice);
      const defect = await defectOf({ ...made, options: dice.one(OPTIONS) });
      if (defect)
        defects.push(`FUZZ_SEED=${seed}, ${kind} ${number}: ${defect instanceof Error ? defect.stack : defect}`);
      if (number === 200) held = heldBytes();
    }
    expect(defects).toEqual([]);
    expect(heldBytes() - held).toBeLessThan(MOST_GROWTH);
  });
});
