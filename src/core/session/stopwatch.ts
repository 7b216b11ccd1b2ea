/** Seconds of each stage of a build. */
const STAGES = ['index', 'analyse', 'mkfs', 'populate', 'check', 'audit'] as const;
export type Stage = (typeof STAGES)[number];

export class Stopwatch {
  readonly seconds: Record<Stage, number> = { index: 0, analyse: 0, mkfs: 0, populate: 0, check: 0, audit: 0 };

  /** Runs one stage; a stage that is waited for twice counts twice. */
  async timed<T>(stage: Stage, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      return await work();
    } finally {
      this.seconds[stage] += (performance.now() - started) / 1000;
    }
  }
}
