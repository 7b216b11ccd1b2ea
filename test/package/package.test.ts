/** The package as others get it: packed, installed, compiled against, and run by the code that docs/library.md shows. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build as bundle, preview } from 'vite';
import { beforeAll, expect, test } from 'vitest';
import type { Progress } from '../../src/core/library.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { outcome, run } from '../fixtures/process.ts';
import { kinds, manifestOf } from '../fixtures/small-closures.ts';
import { packTree } from '../fixtures/tree.ts';
import { launch } from '../web/page.ts';

/** What main.ts exports. */
interface Example {
  build(archive: File, show: (progress: Progress) => void): Promise<Blob>;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const tool = (name: string) => join(root, 'node_modules/.bin', name);
const folder = temporaryFolder();
const consumer = join(folder, 'consumer');
const at = (name: string) => join(consumer, name);
const dependencies = join(folder, 'dependencies');
const inConsumer = { cwd: consumer };
let tarball = '';

/** The documents' code, each piece by the name in its first line. */
async function examples(): Promise<[name: string, code: string][]> {
  const text = await readFile(join(root, 'docs/library.md'), 'utf8');
  return [...text.matchAll(/^```[jt]s\n\/\/ (\S+)\n(.*?)^```$/gms)].map(([, name, code]) => [name!, code!]);
}

const sha256 = async (name: string) =>
  createHash('sha256')
    .update(await readFile(at(name)))
    .digest('hex');

const storeimg = (...words: string[]) => run(at('node_modules/.bin/storeimg'), words, inConsumer);

/** Compiles some of the consumer's files, the package's declarations among them. */
async function compile(name: string, files: readonly string[], options: object): Promise<string> {
  const strict = { target: 'es2022', strict: true, noEmit: true, allowJs: true, checkJs: true, skipLibCheck: false };
  await writeFile(at(`${name}.json`), JSON.stringify({ compilerOptions: { ...strict, ...options }, files }));
  const { status, stdout } = await outcome(tool('tsc'), ['-p', `${name}.json`], inConsumer);
  return `${stdout}${status}`;
}

beforeAll(async () => {
  await mkdir(consumer);
  await mkdir(dependencies);
  // What is packed is built: the tests come after the build.
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: root });
  tarball = join(folder, (await readdir(folder)).find((name) => name.endsWith('.tgz'))!);
  await writeFile(at('package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
  // Its dependencies come from here, too: no test goes by a network.
  const { dependencies: needed } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const installed = Object.keys(needed).map((name) => join(root, 'node_modules', name));
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', dependencies, ...installed]);
  const packed = (await readdir(dependencies)).map((name) => join(dependencies, name));
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball, ...packed], inConsumer);
  await mkdir(at('node_modules/@types'));
  for (const name of ['@types/node', 'vite'])
    await symlink(join(root, 'node_modules', name), at(`node_modules/${name}`));
  for (const [name, code] of await examples()) await writeFile(at(name), code);
  await packTree(folder, 'store', kinds);
  // Compressed: all parts have their turn.
  await writeFile(at('store.tar'), gzipSync(await readFile(join(folder, 'store.tar'))));
  await writeFile(at('registration'), manifestOf(kinds));
});

test('publint finds nothing', async () => {
  const { status, stdout } = await outcome(tool('publint'), ['run', tarball, '--strict'], { env: { NO_COLOR: '1' } });
  expect(`${stdout}${status}`).toMatch(/All good!\s+0$/);
});

test('the types are right for every way to import them', async () => {
  const words = [tarball, '--profile', 'esm-only', '--exclude-entrypoints', 'wasm/codecs.wasm'];
  const { status, stdout } = await outcome(tool('attw'), words);
  expect(status, stdout.toString()).toBe(0);
});

test('nothing but what is needed is in it', async () => {
  const files = (await run('tar', ['tf', tarball])).toString();
  expect(files).not.toMatch(/tsbuildinfo|\/key$|test|\/web\/|\.map$/m);
});

test('examples for Node.js compile, without the types of browsers', async () => {
  const options = { module: 'node16', moduleResolution: 'node16', lib: ['es2023'], types: ['node'] };
  expect(await compile('node', ['build.mjs', 'look.mjs'], options)).toBe('0');
});

test('examples for browsers compile', async () => {
  const options = { module: 'esnext', moduleResolution: 'bundler', lib: ['es2023', 'dom'], types: ['vite/client'] };
  expect(await compile('browser', ['main.ts', 'worker.ts'], options)).toBe('0');
});

test('Node.js: the bytes are those of the command line', async () => {
  await storeimg('build', '--quiet', 'store.tar', '--label', 'SYSTEM', '-o', 'expected.img');
  const said = (await run(process.execPath, ['build.mjs'], inConsumer)).toString();
  expect(said).toMatch(/^system\.img: \d+ bytes, \d+ inodes free\ne2fsck 1\.47\.2/);
  expect(await sha256('system.img')).toBe(await sha256('expected.img'));
});

test('Node.js: what is inside', async () => {
  const { status, stdout, stderr } = await outcome(process.execPath, ['look.mjs'], inConsumer);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const { storePaths } = JSON.parse((await storeimg('inspect', '--json', '--quiet', 'store.tar')).toString());
  const lines = storePaths.map(({ path, narSize }: { path: string; narSize: number }) => `${path} ${narSize}\n`);
  expect(stdout.toString()).toBe(lines.join(''));
  expect(await readdir(consumer)).not.toContain('scratch');
});

test('the command line prints its plan', async () => {
  expect((await storeimg('plan', '--quiet', 'store.tar')).toString()).toMatch(/^#!\/bin\/sh\n/);
});

test('a browser: bundled, and run in a worker', async () => {
  await writeFile(at('index.html'), '<input type="file"><script type="module" src="./page.ts"></script>');
  await writeFile(at('page.ts'), "import { build } from './main.ts';\nObject.assign(globalThis, { build });\n");
  const site = { root: consumer, configFile: false, logLevel: 'error' } as const;
  await bundle(site);
  const server = await preview({ ...site, preview: { host: '127.0.0.1', port: 0 } });
  const browser = await launch(server.resolvedUrls!.local[0]!);
  try {
    const { page } = await browser.open();
    await page.locator('input').setInputFiles(at('store.tar'));
    const built = await page.evaluate(async () => {
      const { build } = globalThis as unknown as Example;
      const phases = new Set<string>();
      const image = await build(document.querySelector('input')!.files![0]!, ({ phase }) => phases.add(phase));
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await image.arrayBuffer()));
      return { phases: [...phases], sha256: Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('') };
    });
    await storeimg('build', '--quiet', 'store.tar', '-o', 'default.img');
    expect(built.sha256).toBe(await sha256('default.img'));
    expect(built.phases).toEqual(expect.arrayContaining(['index', 'mkfs', 'populate', 'check']));
  } finally {
    await browser.close();
    await server.close();
  }
});
