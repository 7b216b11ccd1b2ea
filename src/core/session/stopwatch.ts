/** Seconds of each stage of a build. */

type Stage = 'index' | 'analyse' | 'mkfs' | 'populate' | 'check' | 'audit';

export class Stopwatch {
  readonly seconds: Record<Stage, number>;

  /** @param index seconds that reading headers took before */
  constructor(index = 0) {
    this.seconds = { index, analyse: 0, mkfs: 0, populate: 0, check: 0, audit: 0 };
  }

  /** Runs a part of a stage and adds its seconds. */
  async timed<T>(stage: Stage, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      return await work();
    } finally {
      this.seconds[stage] += (performance.now() - started) / 1000;
    }
  }
}
