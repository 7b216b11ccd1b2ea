/** Measurements as Markdown. */
import { cpus, release, totalmem } from 'node:os';
import { run } from '../test/fixtures/process.ts';
import type { Measurement } from './measure.ts';

/** The contender that all others are held against, where it takes part. */
export const BASELINE = 'original script';

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** One case: medians over the rounds, and ratios of medians. */
export function caseTable(
  name: string,
  description: string,
  measured: ReadonlyMap<string, readonly Measurement[]>,
): string {
  const seconds = (of: readonly Measurement[]) => median(of.map((measurement) => measurement.seconds));
  const baseline = measured.get(BASELINE);
  const rows = [...measured].map(([contender, measurements]) => {
    const wall = seconds(measurements);
    const all = measurements.map((measurement) => measurement.seconds.toFixed(1)).join(', ');
    const ratio = baseline ? (wall / seconds(baseline)).toFixed(2) : '';
    const peak = Math.round(median(measurements.map(({ peakBytes }) => peakBytes)) / 2 ** 20);
    return `| ${contender} | ${wall.toFixed(1)} | ${all} | ${ratio} | ${peak} |`;
  });
  return `## ${name}

${description}

| | seconds, median | each round | × ${BASELINE} | peak memory, MiB |
|---|---|---|---|---|
${rows.join('\n')}
`;
}

/** Where the numbers are from. */
export async function machine(): Promise<string> {
  const model = cpus()[0]?.model ?? 'unknown processor';
  const chromium = (await run('chromium', ['--version'])).toString().trim();
  return `# Results

Written by \`npm run bench\`; README.md says how. ${model}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB of memory, Linux ${release()}, Node.js ${process.version}, ${chromium}.
`;
}
