/** Engine's progress → one bar over all phases: never backwards, never over the end. */
import type { Phase, Progress } from '../../src/core/index.ts';

/** How much of the bar each phase takes of what is left, against the phases that have not begun. */
const WEIGHT: Readonly<Record<Phase, number>> = {
  expand: 25,
  index: 15,
  analyse: 40,
  mkfs: 2,
  populate: 10,
  check: 5,
  audit: 10,
  deliver: 40,
};

/** A guess of the time left means nothing before this many seconds. */
const SETTLED = 2;

export interface Shown {
  readonly progress: Progress;
  /** 0 to 1. */
  readonly fraction: number;
  /** Bytes a second of this phase; `undefined` until it can be told. */
  readonly rate: number | undefined;
  /** Entries a second of this phase; `undefined` until it can be told. */
  readonly entryRate: number | undefined;
  /** Seconds left of the whole build; `undefined` until it can be guessed. */
  readonly left: number | undefined;
}

/** A function that takes each report in turn; phases may come in any order, and be left out. `now` is in milliseconds. */
export function makeProgress(now: () => number): (progress: Progress) => Shown {
  const started = now();
  const toCome = new Map(Object.entries(WEIGHT));
  let fraction = 0;
  let phase: Phase | undefined;
  let phaseStarted = started;
  /** What was done when the phase's first report came: its rate is counted from there. */
  let before = 0;
  let entriesBefore = 0;
  let from = 0;
  let to = 0;
  return (progress) => {
    const at = now();
    const { done, total, entries } = progress;
    if (progress.phase !== phase) {
      phase = progress.phase;
      phaseStarted = at;
      before = done;
      entriesBefore = entries;
      const left = [...toCome.values()].reduce((sum, weight) => sum + weight, 0);
      // The phase before this one is through, whatever it had counted.
      fraction = Math.max(fraction, to);
      from = fraction;
      // A phase that comes a second time has had its part.
      to = from + ((1 - from) * (toCome.get(phase) ?? 0)) / Math.max(1, left);
      toCome.delete(phase);
    }
    const within = total > 0 ? Math.min(1, done / total) : 0;
    fraction = Math.max(fraction, from + (to - from) * within);
    const seconds = (at - started) / 1000;
    const inPhase = (at - phaseStarted) / 1000;
    return {
      progress,
      fraction,
      rate: inPhase > 1 && done > before ? (done - before) / inPhase : undefined,
      entryRate: inPhase > 1 && entries > entriesBefore ? Math.round((entries - entriesBefore) / inPhase) : undefined,
      left: seconds > SETTLED && fraction > 0.05 ? Math.ceil((seconds / fraction) * (1 - fraction)) : undefined,
    };
  };
}
