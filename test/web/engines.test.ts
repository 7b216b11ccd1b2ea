/** The page from the first visit to the saved image, the same in three engines. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { build, plan } from '../cli/storeimg.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { run } from '../fixtures/process.ts';
import { realClosure } from '../fixtures/real-closure.ts';
import { everyKind, tiny } from '../fixtures/small-closures.ts';
import { file, packTree } from '../fixtures/tree.ts';
import { compareBytes, fsck } from '../oracles/native.ts';
import { chromium } from './engines/chromium.ts';
import type { Driver, Launch } from './engines/driver.ts';
import { firefox, privateFirefox } from './engines/firefox.ts';
import { Tab } from './engines/tab.ts';
import { webkit } from './engines/webkit.ts';
import { type Server, serve } from './page.ts';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const closure = await realClosure(300_000_000, 8_000, 'awkward');
const inputs = [closure.archive, ...closure.manifests.flatMap((manifest) => ['--manifest', manifest])];
const LABEL = 'ENGINES';

beforeAll(async () => {
  await packTree(folder, 'tiny', tiny);
  await packTree(folder, 'kinds', everyKind);
  const [storePath] = Object.keys(tiny);
  const noise = randomBytes(2 ** 26).toString('latin1');
  const pieces = Array.from({ length: 16 }, (_, index) => [index * 2 ** 26, noise] as const);
  await packTree(folder, 'gigabyte', { ...tiny, [`${storePath}-2`]: file({ size: 2 ** 30, pieces }) });
  await run('zstd', ['--quiet', at('kinds.tar')]);
  await writeFile(at('photo.jpg'), '\xff\xd8\xff no archive'.repeat(1000));
  await build(at('store.img'), [...inputs, '--label', LABEL]);
  await build(at('kinds.img.gz'), [at('kinds.tar'), '--disk', 'gpt', '--compress', 'gzip']);
});

const start = async (launch: Launch, server: Server): Promise<Driver> => launch(await mkdtemp(at('profile-')), server);

describe.each([
  ['Chromium', { launch: chromium, hasDisk: true, canSaveAs: true }],
  ['Firefox', { launch: firefox, hasDisk: true, canSaveAs: false }],
  ['WebKit', { launch: webkit, hasDisk: false, canSaveAs: false }],
])('%s', (_, { launch, hasDisk, canSaveAs }) => {
  let server: Server;
  let driver: Driver;
  let tab: Tab;
  let release: () => void;

  beforeAll(async () => {
    server = await serve();
    // A build stops here until it has been looked at.
    release = server.hold(/\/e2fsck-/);
    driver = await start(launch, server);
    tab = new Tab(driver);
    await driver.goto(server.url);
  });

  afterAll(async () => {
    await driver.close();
    server.close();
  });

  test('empty: says what is lacking', async () => {
    await tab.click('button', 'Build image');
    await tab.reads(/No archive was given/, 'alert');
    expect(/no disk storage/.test(await tab.description('Store archive'))).toBe(!hasDisk);
  });

  test('chosen: says what is inside', async () => {
    await tab.choose('Store archive', [closure.archive]);
    await tab.choose('Closure manifest', closure.manifests);
    const said = await tab.reads(/Contents were read/, 'region', 'What is inside');
    expect(said).toContain(`Store paths${closure.storePaths.length}`);
    expect(said).toMatch(/The image will be [\d.]+ MiB/);
    expect(await tab.reads(/^$/, 'alert')).toBe('');
  });

  test('building: says how far it is; cancelled: is free and leaves nothing', async () => {
    onTestFinished(release);
    await tab.click('button', 'Build image');
    await tab.reads(/./, 'heading', 'Checking with e2fsck');
    expect(await driver.evaluate('document.title')).toMatch(/^\d+ % · storeimg$/);
    expect(await tab.has('progressbar', 'Progress of the build')).toBe(true);
    expect(await scratchFiles(driver)).toEqual([]);
    await tab.click('button', 'Cancel');
    await tab.reads(/^Cancelled/, 'status');
    expect(await tab.has('button', 'Build image')).toBe(true);
    expect(await tab.has('button', 'Download image')).toBe(false);
    await expect.poll(() => scratchFiles(driver)).toEqual([]);
  });

  test('options, done: the command line’s image, its hash, its script and its blocks', async () => {
    await tab.fill('Volume label', LABEL);
    await tab.click('button', 'Build image');
    await tab.reads(/./, 'heading', 'The image is ready');
    const image = await tab.download('button', 'Download image');
    expect(basename(image)).toBe('store.img');
    expect(await compareBytes(image, at('store.img'))).toBe('');
    const sha256 = createHash('sha256').update(await readFile(image));
    await tab.reads(new RegExp(sha256.digest('hex')), 'region');
    const script = await tab.download('button', 'Replay it natively');
    expect((await readFile(script)).equals(await plan([...inputs, '--label', LABEL]))).toBe(true);
    await tab.click('summary', 'How its blocks are used');
    await tab.reads(/Metadata: \d/, 'region');
    expect(await tab.has('button', 'Save as…')).toBe(canSaveAs);
    expect(/settings for downloads/.test(await tab.reads(/./, 'region'))).toBe(!canSaveAs);
    await tab.click('button', 'Build another');
    await expect.poll(() => scratchFiles(driver)).toEqual([]);
  });

  test('refused: in a sentence', async () => {
    await tab.choose('Store archive', [at('photo.jpg')]);
    await tab.reads(/photo\.jpg is not a tar archive/, 'alert');
  });

  test('nothing is asked of any other origin', async () => {
    const { origin } = new URL(server.url);
    const elsewhere = () => driver.requests().filter((url) => /^https?:/.test(url) && !url.startsWith(`${origin}/`));
    await tab.reads(/./, 'heading', 'storeimg');
    // What workers ask for is seen.
    expect(driver.requests().join()).toMatch(/debugfs-/);
    expect(elsewhere()).toEqual([]);
    // So would be what is asked of others.
    await driver.goto('http://elsewhere.invalid/').catch(() => {});
    expect(elsewhere()).toContain('http://elsewhere.invalid/');
    // Chromium may still be on its way to the page that says so.
    const goBack = () => driver.goto(server.url).then(() => 'back', String);
    await expect.poll(goBack).toBe('back');
  });

  test('with the server gone, the page is there, builds its sample, and expands and compresses', async () => {
    const server = await serve();
    const driver = await start(launch, server);
    try {
      const tab = new Tab(driver);
      await driver.goto(server.url);
      await driver.evaluate('navigator.serviceWorker.ready.then(() => true)');
      server.close();
      await driver.goto(server.url);
      await tab.click('button', 'Try a sample');
      await tab.reads(/./, 'heading', 'The image is ready');
      await fsck(await tab.download('button', 'Download image'));
      await tab.click('button', 'Build another');
      await tab.choose('Store archive', [at('kinds.tar.zst')]);
      await tab.fill('Partition table', 'gpt');
      await tab.fill('Compression', 'gzip');
      await tab.click('button', 'Build image');
      await tab.reads(/./, 'heading', 'The image is ready');
      const image = await tab.download('button', 'Download image');
      expect(basename(image)).toBe('kinds.img.gz');
      expect(await compareBytes(image, at('kinds.img.gz'))).toBe('');
    } finally {
      await driver.close();
      server.close();
    }
  });
});

test.each([
  ['a private window of Firefox', privateFirefox],
  ['WebKit', webkit],
])('without disk storage, in %s: what is not copied has no limit, all else is told by number', async (_, launch) => {
  const server = await serve();
  const driver = await start(launch, server);
  try {
    await driver.goto(server.url);
    const tab = new Tab(driver);
    await expect.poll(() => tab.description('Store archive')).toMatch(/no disk storage.*1\.0 GiB at most.*512\.0 MiB/);
    await tab.choose('Store archive', [at('tiny.tar')]);
    await tab.fill('Image size', '2G');
    await tab.reads(/The image will be 2\.0 GiB\.(?!.*memory)/, 'region');
    await tab.fill('Compression', 'gzip');
    await tab.reads(/an image of 2048 MiB is more than the 1024 MiB that memory is used for/, 'region');
    await tab.fill('Image size', '1G');
    await tab.reads(/The image will be 1\.0 GiB\.(?!.*memory)/, 'region');
    await tab.fill('Compression', 'none');
    await tab.fill('Image size', 'fit');
    await tab.click('button', 'Remove tiny.tar');
    await tab.choose('Store archive', [at('gigabyte.tar')]);
    await tab.click('button', 'Build image');
    await tab.reads(/./, 'heading', 'The image is ready');
    const image = await tab.download('button', 'Download image');
    await build(at('gigabyte.img'), [at('gigabyte.tar'), '--sparse', '--no-sha256']);
    expect(await compareBytes(image, at('gigabyte.img'))).toBe('');
  } finally {
    await driver.close();
    server.close();
  }
});

/** Names of what builds have in OPFS. */
async function scratchFiles(driver: Driver): Promise<string[]> {
  const names = async () => {
    const names: string[] = [];
    const root = await navigator.storage?.getDirectory();
    const folder = (await root?.getDirectoryHandle('storeimg')) as unknown as { keys(): AsyncIterable<string> };
    if (folder) for await (const name of folder.keys()) names.push(name);
    return names;
  };
  return (await driver.evaluate(`(${names})()`)) as string[];
}
