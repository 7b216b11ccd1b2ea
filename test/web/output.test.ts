/** What the page hands out besides a plain image: compressed, a whole disk, hashes and block maps. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { build } from '../cli/storeimg.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { run } from '../fixtures/process.ts';
import { kinds, manifestOf, tiny } from '../fixtures/small-closures.ts';
import { file, packTree, type Tree } from '../fixtures/tree.ts';
import { usePage } from './use-page.ts';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const visit = usePage();

const packed = (name: string, tree: Tree) => packTree(folder, name, { ...tree, 'closure-x': file(manifestOf(tree)) });

beforeAll(async () => {
  const [storePath] = Object.keys(tiny);
  await packed('small', kinds);
  // Too large for memory: made on disk.
  await packed('large', { ...tiny, [`${storePath}-2`]: file('some text that is no zeros. '.repeat(3_000_000)) });
});

test.each([
  ['small', 'gzip', 'mbr', 'gz'],
  ['large', 'zstd', 'none', 'zst'],
  ['small', 'none', 'gpt', ''],
  ['large', 'none', 'mbr', ''],
])('%s, compression %s, disk %s: the command line’s bytes', async (name, compress, disk, ending) => {
  const page = await visit.open();
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
});

test('a firmware partition is filled from a tar: the command line’s bytes, and the size that was told', async () => {
  await mkdir(at('firmware'));
  await writeFile(at('firmware/config.txt'), 'arm_64bit=1\n');
  await mkdir(at('firmware/overlays'));
  await writeFile(at('firmware/overlays/some.dtbo'), 'x'.repeat(100_000));
  await run('tar', ['-C', at('firmware'), '-cf', at('firmware.tar'), '.']);
  const page = await visit.open();
  await page.choose([at('small.tar')]);
  const firmware = page.page.getByLabel('Firmware files');
  await page.select('Partition table', 'none');
  expect(await firmware.count()).toBe(0);
  await page.select('Partition table', 'mbr');
  await page.select('Compression', 'none');
  const told = page.page.getByText('The image will be');
  await told.waitFor();
  const without = await told.textContent();

  // What can't be firmware is said before it is built, and when.
  await firmware.setInputFiles([at('small.tar')]);
  const problem = "small.tar can't fill the firmware partition";
  await page.page.getByRole('listitem').filter({ hasText: problem }).waitFor();
  await page.build().click();
  expect(await page.refusal()).toContain(problem);

  await firmware.setInputFiles([at('firmware.tar')]);
  await expect.poll(async () => /[\d.]+ MiB/.exec((await told.textContent()) ?? '')?.[0]).toBeTruthy();
  await expect.poll(() => told.textContent()).not.toBe(without);
  const size = /[\d.]+ MiB/.exec((await told.textContent())!)![0];
  await page.build().click();
  await page.finished();
  await page.save(at('firmware.img'));
  await build(at('command.img'), [at('small.tar'), '--disk', 'mbr', '--firmware', at('firmware.tar')]);
  await run('cmp', [at('firmware.img'), at('command.img')]);
  expect(await page.page.getByRole('main').textContent()).toContain(`small.img, ${size}`);
  // The script would make a disk without it.
  expect(await page.page.getByRole('button', { name: 'Replay it natively' }).count()).toBe(0);
});
