/** Wall time and memory of whatever this process has started. */
import { readdirSync, readFileSync } from 'node:fs';
import { type RunOptions, run } from '../test/fixtures/process.ts';

export interface Measurement {
  readonly seconds: number;
  /** Largest sum of the proportional set sizes of all processes below this one, in bytes, less what was there before. */
  readonly peakBytes: number;
}

/** Milliseconds between two looks at the memory. */
const LOOK_EVERY = 200;

/**
 * Measures until `work` settles.
 * @param before bytes of memory that are not its own
 */
export async function measure(work: () => Promise<unknown>, before = 0): Promise<Measurement> {
  let peakBytes = 0;
  const look = () => {
    peakBytes = Math.max(peakBytes, proportionalSetSize());
  };
  const timer = setInterval(look, LOOK_EVERY);
  const started = performance.now();
  try {
    await work();
    const seconds = (performance.now() - started) / 1000;
    look();
    return { seconds, peakBytes: peakBytes - before };
  } finally {
    clearInterval(timer);
  }
}

/** Measures one program to its end. */
export const measureProgram = (program: string, args: readonly string[], options?: RunOptions) =>
  measure(() => run(program, args, options));

/** The sum of the proportional set sizes of all processes below this one, in bytes. */
export function proportionalSetSize(): number {
  let sum = 0;
  for (const pid of descendants(process.pid)) {
    // A process may have ended meanwhile.
    const rollup = read(`/proc/${pid}/smaps_rollup`);
    sum += 1024 * Number(/^Pss: +(\d+) kB$/m.exec(rollup)?.[1] ?? 0);
  }
  return sum;
}

function descendants(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    // Field 4 of stat is the parent; field 2, the program's name, is in parentheses and may hold anything.
    const parent = Number(/.*\) \S (\d+)/s.exec(read(`/proc/${name}/stat`))?.[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const below = (pid: number): number[] => (children.get(pid) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(root);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
