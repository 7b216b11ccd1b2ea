/** The command line under test. */
import { fileURLToPath } from 'node:url';
import { type Outcome, outcome, type RunOptions, run } from '../fixtures/process.ts';

const program = fileURLToPath(new URL('../../bin/storeimg.js', import.meta.url));

/** Runs `storeimg` with these words, whatever comes of it. */
export function storeimg(words: readonly string[], options?: RunOptions): Promise<Outcome> {
  return outcome(process.execPath, [program, ...words], options);
}

/** Builds an image; returns the object that `--json` prints. */
export async function build(image: string, words: readonly string[]) {
  const stdout = await run(process.execPath, [program, 'build', '--quiet', '--json', '-o', image, ...words]);
  return JSON.parse(stdout.toString());
}

/** The script that makes the same image natively. */
export function plan(words: readonly string[]): Promise<Buffer> {
  return run(process.execPath, [program, 'plan', '--quiet', ...words]);
}
