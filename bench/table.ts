/** Measurements as Markdown. */
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { run } from '../test/fixtures/process.ts';
import { type Case, SCALE } from './cases.ts';
import type { Absent } from './contender.ts';
import { BASELINE } from './contenders/original-script.ts';
import type { Measurement } from './measure.ts';

export type Row = Absent | { readonly name: string; readonly measurements: readonly Measurement[] };

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
const seconds = (of: readonly Measurement[]) => median(of.map((measurement) => measurement.seconds));
/** Two digits at least: what takes less than a second is told by hundredths. */
const inSeconds = (value: number) => value.toFixed(value < 1 ? 2 : 1);
const gigabytes = (bytes: number) => (bytes / 1e9).toFixed(bytes < 1e9 ? 2 : 1);

/** One case: medians over the rounds, and ratios of medians to the baseline's, where that takes part. */
export function caseSection(
  { name, description, baseline = BASELINE, hasSpeed }: Pick<Case, 'name' | 'description' | 'baseline' | 'hasSpeed'>,
  entries: number,
  bytes: number,
  rows: readonly Row[],
): string {
  const base = rows.find((row) => row.name === baseline);
  const unit = base && 'measurements' in base ? seconds(base.measurements) : undefined;
  const lines = rows.map((row) => {
    if ('why' in row) return `| ${row.name} | not run: ${row.why} | | | |${hasSpeed ? ' |' : ''}`;
    const wall = seconds(row.measurements);
    const all = row.measurements.map((measurement) => inSeconds(measurement.seconds)).join(', ');
    const ratio = unit ? (wall / unit).toFixed(2) : '';
    // Too short to have been looked at.
    const peak = Math.round(median(row.measurements.map(({ peakBytes }) => peakBytes)) / 2 ** 20) || '';
    const speed = hasSpeed ? ` ${(bytes / 1e6 / wall).toFixed(0)} |` : '';
    return `| ${row.name} | ${inSeconds(wall)} | ${all} | ${ratio} | ${peak} |${speed}`;
  });
  return `## ${name}

${description}: ${entries} entries, an archive of ${gigabytes(bytes)} GB.

| | seconds, median | each round | × ${baseline} | peak memory, MiB |${hasSpeed ? ' MB of archive/s |' : ''}
|---|---|---|---|---|${hasSpeed ? '---|' : ''}
${lines.join('\n')}
`;
}

/** A case that the disk is too small for. */
export function leftOut(name: string, needed: number, free: number): string {
  return `## ${name}

Left out: it takes ${gigabytes(needed)} GB of disk, and ${gigabytes(free)} GB were free.
`;
}

/** Where the numbers are from. */
export async function machine(): Promise<string> {
  const model = cpus()[0]?.model ?? 'unknown processor';
  const chromium = (await run('chromium', ['--version'])).toString().trim();
  const scale = SCALE === 1 ? '' : ` Sizes × ${SCALE}: a trial of the bench itself.`;
  return `# Results

Written by \`npm run bench\`; README.md says how. ${model} (${hasShaInstructions() ? 'with' : 'without'} SHA instructions), ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB of memory, Linux ${release()}, Node.js ${process.version}, ${chromium}.${scale}
`;
}

/** Whether hashing is a few instructions' work: it is the largest part of a build where it is not. Flags as Linux names them. */
const hasShaInstructions = (): boolean => /\b(sha_ni|sha2)\b/.test(readFileSync('/proc/cpuinfo', 'latin1'));
