/** Engine's progress → one bar over all phases: never backwards, never over the end. */
import type { Phase, Progress } from '../../src/core/index.ts';

/** Where each phase begins and ends on the bar, by what phases usually take. */
const SHARE: Readonly<Record<Phase, readonly [number, number]>> = {
  index: [0, 0.15],
  mkfs: [0.15, 0.17],
  populate: [0.17, 0.9],
  analyse: [0.9, 0.93],
  check: [0.93, 1],
};

/** A guess of the time left means nothing before this many seconds. */
const SETTLED = 2;

export interface Shown {
  readonly progress: Progress;
  /** 0 to 1. */
  readonly fraction: number;
  /** Bytes a second of this phase; `undefined` until it can be told. */
  readonly rate: number | undefined;
  /** Seconds left of the whole build; `undefined` until it can be guessed. */
  readonly left: number | undefined;
}

/** A function that takes each report in turn. `now` is in milliseconds. */
export function makeProgress(now: () => number): (progress: Progress) => Shown {
  const started = now();
  let fraction = 0;
  let phase: Phase | undefined;
  let phaseStarted = started;
  return (progress) => {
    const at = now();
    if (progress.phase !== phase) phaseStarted = at;
    phase = progress.phase;
    const [from, to] = SHARE[phase];
    const within = progress.total > 0 ? Math.min(1, progress.done / progress.total) : 0;
    fraction = Math.max(fraction, from + (to - from) * within);
    const seconds = (at - started) / 1000;
    const inPhase = (at - phaseStarted) / 1000;
    return {
      progress,
      fraction,
      rate: inPhase > 1 && progress.done > 0 ? progress.done / inPhase : undefined,
      left: seconds > SETTLED && fraction > 0.05 ? Math.ceil((seconds / fraction) * (1 - fraction)) : undefined,
    };
  };
}
