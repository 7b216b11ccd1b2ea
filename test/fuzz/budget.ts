/** How much is tried, and from which seed: `FUZZ_RUNS` times what a test run tries (`npm run fuzz`: 20), `FUZZ_SEED`. */

export interface Budget {
  readonly runs: number;
  readonly seed: number;
  /** Milliseconds after which a test is taken to hang. */
  readonly timeout: number;
}

/** Says the seed, with which everything comes again. */
export function budget(what: string, usualRuns: number): Budget {
  const runs = Math.ceil(Number(process.env.FUZZ_RUNS ?? 1) * usualRuns);
  const seed = Number(process.env.FUZZ_SEED ?? 11);
  console.log(`${what}: ${runs} runs, FUZZ_SEED=${seed}`);
  return { runs, seed, timeout: 60_000 + 2000 * runs };
}
