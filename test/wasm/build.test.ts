import { appendFile, cp, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/folder.ts';
import { outcome } from '../fixtures/process.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const folder = temporaryFolder();

/** Where the tarballs are after a build: the second one needn't download them again. */
const source =
  process.env.E2FSPROGS_SOURCE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'storeimg', 'source');

/** A clone's part that the build reads, nothing built. */
async function clone(name: string): Promise<string> {
  const to = join(folder, name);
  await mkdir(to, { recursive: true });
  await cp(join(repository, 'scripts'), join(to, 'scripts'), { recursive: true });
  await cp(join(repository, 'wasm'), join(to, 'wasm'), {
    recursive: true,
    filter: (path) => !/\/wasm\/(dist|native)/.test(path),
  });
  return to;
}

const build = (from: string, env: NodeJS.ProcessEnv) =>
  outcome('bash', [join(from, 'scripts/build-wasm.sh')], { env: { XDG_CACHE_HOME: join(folder, 'cache'), ...env } });

test('does nothing when nothing has changed', async () => {
  const builtAt = async () => (await stat(join(repository, 'wasm/dist/mke2fs.wasm'))).mtimeMs;
  const before = await builtAt();
  expect(await build(repository, {})).toMatchObject({ status: 0, stderr: '' });
  expect(await builtAt()).toBe(before);
});

test('takes up what changed, refuses any other source, and says how to give the right one', async () => {
  const from = await clone('other-source');
  await cp(join(repository, 'wasm/dist'), join(from, 'wasm/dist'), { recursive: true });
  const other = join(folder, 'other');
  await mkdir(other);
  for (const line of (await readFile(join(from, 'wasm/SHA256SUMS'), 'utf8')).trim().split('\n'))
    await writeFile(join(other, line.split('  ')[1]!), 'another revision');
  const env = { E2FSPROGS_SOURCE: other };
  expect(await build(from, env)).toMatchObject({ status: 0, stderr: '' });
  await appendFile(join(from, 'wasm/mke2fs.conf'), '# changed\n');
  const { status, stderr } = await build(from, env);
  expect(status).toBe(1);
  expect(stderr).toMatch(/no e2fsprogs 1\.47\.2-3 as pinned .* E2FSPROGS_SOURCE/);
});

test('gives the same bytes in another folder', { timeout: 900_000 }, async () => {
  const from = await clone('some/other/folder');
  expect(await build(from, { E2FSPROGS_SOURCE: source })).toMatchObject({ status: 0 });
  for (const name of ['mke2fs', 'debugfs', 'e2fsck', 'resize2fs', 'dumpe2fs']) {
    const file = `wasm/dist/${name}.wasm`;
    expect((await readFile(join(from, file))).equals(await readFile(join(repository, file)))).toBe(true);
  }
});
