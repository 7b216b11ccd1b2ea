/** What the page hands out besides a plain image: compressed, a whole disk, hashes and block maps. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build } from '../cli/storeimg.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { run } from '../fixtures/process.ts';
import { kinds, manifestOf, tiny } from '../fixtures/small-closures.ts';
import { file, pack, type Tree, writeTree } from '../fixtures/tree.ts';
import { type Browser, launch, serve } from './page.ts';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
let server: Awaited<ReturnType<typeof serve>>;
let browser: Browser;

async function packed(name: string, tree: Tree): Promise<void> {
  await mkdir(at(`${name}.tree`));
  await writeTree(at(`${name}.tree`), tree);
  await writeFile(at(`${name}.tree/closure-x`), manifestOf(tree));
  await pack(at(`${name}.tree`), at(`${name}.tar`));
}

beforeAll(async () => {
  const [storePath] = Object.keys(tiny);
  await packed('small', kinds);
  // Too large for memory: made on disk.
  await packed('large', { ...tiny, [`${storePath}-2`]: file('some text that is no zeros. '.repeat(3_000_000)) });
  server = await serve();
  browser = await launch(server.url);
});

afterAll(async () => {
  await browser.close();
  server.close();
});

test.each([
  ['small', 'gzip', 'mbr', 'gz'],
  ['large', 'zstd', 'none', 'zst'],
  ['small', 'none', 'gpt', ''],
  ['large', 'none', 'mbr', ''],
])('%s, compression %s, disk %s: the command line’s bytes', async (name, compress, disk, ending) => {
  const page = await browser.open();
  await page.choose([at(`${name}.tar`)]);
  await page.select('Partition table', disk);
  await page.select('Compression', compress);
  await page.check('Block map');
  await page.build().click();
  await page.finished();
  const fileName = `${name}.img${ending && `.${ending}`}`;
  const own = at(`${name}-${compress}-${disk}`);
  await mkdir(own);
  const image = join(own, fileName);
  expect(await page.save(image)).toBe(fileName);

  const save = async (button: string) => {
    const started = page.page.waitForEvent('download');
    await page.page.getByRole('button', { name: button }).click();
    const download = await started;
    await download.saveAs(join(own, download.suggestedFilename()));
    return join(own, download.suggestedFilename());
  };
  await run('sha256sum', ['--check', await save('Save .sha256')], { cwd: own });
  const map = await readFile(await save('Save block map'), 'utf8');

  const words = [at(`${name}.tar`), '--compress', compress, '--disk', disk, '--bmap'];
  const { image: facts } = await build(at('command.img'), words);
  await run('cmp', [image, at('command.img')]);
  expect(map).toBe(await readFile(facts.bmap, 'utf8'));
  await page.page.getByRole('button', { name: 'Build another' }).click();
  await expect.poll(() => page.scratchFiles()).toEqual([]);
  await page.page.close();
});
