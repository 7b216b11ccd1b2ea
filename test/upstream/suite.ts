/** e2fsprogs' own tests, run with our programs in the place of theirs. */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { outcome } from '../fixtures/process.ts';

/** From `scripts/build-wasm.sh --upstream`. */
const upstream = fileURLToPath(new URL('../../wasm/upstream', import.meta.url));

/** Where the tests look for each of our programs. */
const PROGRAMS = ['misc/mke2fs', 'misc/dumpe2fs', 'debugfs/debugfs', 'e2fsck/e2fsck', 'resize/resize2fs'];

/** The names of all tests. */
export const tests: readonly string[] = readdirSync(join(upstream, 'tests')).filter((name) => /^[a-z]_/.test(name));

/** A folder laid out as e2fsprogs' own, `program` in the place of each of ours. */
export function layOut(folder: string, program: (name: string) => string): void {
  cpSync(join(upstream, 'built'), join(folder, 'built'), { recursive: true });
  symlinkSync(join(upstream, 'tests'), join(folder, 'tests'));
  // What configure finds out of emscripten's time_t.
  const script = join(folder, 'built/tests/test_one');
  const text = readFileSync(script, 'utf8').replace(/^SIZEOF_TIME_T=8$/m, 'SIZEOF_TIME_T=4');
  chmodSync(script, 0o755);
  writeFileSync(script, text);
  for (const path of PROGRAMS) {
    const [group, name] = path.split('/') as [string, string];
    mkdirSync(join(folder, 'built', group), { recursive: true });
    symlinkSync(program(name), join(folder, 'built', path));
  }
}

export interface Verdict {
  readonly verdict: 'ok' | 'failed' | 'not run';
  /** What the test said, and where its output differs from what it expects. */
  readonly output: string;
}

/** Whether e2fsprogs itself calls a test slow: it takes minutes. */
export const isSlow = (name: string) => existsSync(join(upstream, 'tests', name, 'is_slow_test'));

/** Runs one test, as `make fullcheck` does. @param folder from `layOut` */
export async function runTest(folder: string, name: string, env: NodeJS.ProcessEnv): Promise<Verdict> {
  const cwd = join(folder, 'built/tests');
  const { stdout, stderr } = await outcome('./test_one', [`../../tests/${name}`], { cwd, env });
  const said = `${stdout}${stderr}`;
  const last = new RegExp(`^${name}: .*(ok|failed)$`, 'm').exec(said)?.[1];
  if (last === 'ok') return { verdict: 'ok', output: said };
  const failed = await readFile(join(cwd, `${name}.failed`), 'utf8').catch(() => undefined);
  return { verdict: last || failed !== undefined ? 'failed' : 'not run', output: `${said}${failed ?? ''}` };
}
