/** What an engine is at: stages in the order they come, but for `analyse`, which may go on beside others. */
export type Phase = 'expand' | 'index' | 'analyse' | 'mkfs' | 'populate' | 'check' | 'audit' | 'deliver';

/** How far a stage is. `done` and `total` are bytes of the stage's own work; `total` is 0 where it is not known. */
export interface Progress {
  readonly phase: Phase;
  readonly done: number;
  readonly total: number;
  /** Entries done in this stage. */
  readonly entries: number;
}

/** Milliseconds between two reports of the same phase. */
const PROGRESS_EVERY = 100;

/** Hands facts on to `report` when they are of another phase than the last, or time enough has passed. */
export function throttled<A extends unknown[]>(
  report: (...facts: A) => void,
  phaseOf: (...facts: A) => unknown,
): (...facts: A) => void {
  let phase: unknown;
  let at = 0;
  return (...facts) => {
    const now = performance.now();
    if (phaseOf(...facts) === phase && now - at < PROGRESS_EVERY) return;
    phase = phaseOf(...facts);
    at = now;
    report(...facts);
  };
}
