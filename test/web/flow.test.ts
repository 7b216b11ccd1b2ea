/** From files to image as a person goes: what is said before Build, while it runs, and what can be done after. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { build, plan, storeimg } from '../cli/storeimg.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { run } from '../fixtures/process.ts';
import { kinds, tiny } from '../fixtures/small-closures.ts';
import { file, packTree, symlinkTo, type Tree } from '../fixtures/tree.ts';
import { compareBytes } from '../oracles/native.ts';
import type { StoreimgPage } from './page.ts';
import { usePage } from './use-page.ts';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const [tinyPath] = Object.keys(tiny).map((path) => `/${path.split('/').slice(0, 3).join('/')}`);
const visit = usePage();
let tab: StoreimgPage;

const packed = (name: string, tree: Tree) => packTree(folder, name, tree);

beforeAll(async () => {
  await packed('tiny', tiny);
  await packed('kinds', kinds);
  await packed('large', { ...tiny, [`${tinyPath!.slice(1)}-2`]: file('some text. '.repeat(10_000_000)) });
  await writeFile(at('wrong'), `${tinyPath}\n${'1'.repeat(64)}\n120\n\n0\n`);
  tab = await visit.open();
});

const inside = () => tab.page.getByRole('region', { name: 'What is inside' });

test('what is wrong with the closure is said before Build, and Build says it too', async () => {
  await tab.choose([at('tiny.tar')], [at('wrong')]);
  await inside().getByText('it was changed after the manifest was made').waitFor();
  await tab.build().click();
  expect(await tab.refusal()).toMatch(/bytes as NAR, and wrong says 120/);
  await tab.page.getByRole('button', { name: 'Remove wrong' }).click();
  await inside().getByText('Contents were read').waitFor();
  expect(await inside().getByText('it was changed after').count()).toBe(0);
});

test('the size is told before, follows the options, and is what is built; options are kept, names are not', async () => {
  const told = inside().getByText('The image will be');
  await told.waitFor();
  const before = await told.textContent();
  await tab.fill('Volume label', 'ONCE');
  await tab.page.getByText('Options', { exact: true }).click();
  await tab.page.getByLabel('Free space').fill('64M');
  await expect.poll(() => told.textContent()).not.toBe(before);
  const size = /[\d.]+ MiB/.exec((await told.textContent())!)![0];
  await tab.build().click();
  await tab.finished();
  expect(await tab.page.getByRole('main').textContent()).toContain(`tiny.img, ${size}`);
  await tab.save(at('tiny.img'));
  const made = await build(at('command.img'), [at('tiny.tar'), '--label', 'ONCE', '--headroom', '64M']);
  expect(await compareBytes(at('tiny.img'), at('command.img'))).toBe('');
  expect(`${made.image.bytes / 2 ** 20}.0 MiB`).toBe(size);
  const next = await visit.open();
  await next.page.getByText('Options', { exact: true }).click();
  expect(await next.page.getByLabel('Free space').inputValue()).toBe('64M');
  expect(await next.page.getByLabel('Volume label').inputValue()).toBe('NIXOS');
});

test('the space is shown level by level, from the store down to files', async () => {
  const next = await visit.open();
  await next.choose([at('kinds.tar')]);
  const region = next.page.getByRole('region', { name: 'What is inside' });
  await region.getByText('What takes the space').click();
  await region.getByRole('button', { name: 'kinds-1.0' }).click();
  await region.getByText('3 MiB', { exact: true }).first().waitFor();
  expect(await region.locator('ol li').allTextContents()).toContain('3 MiB 3.0 MiB, 17 %');
  await region.getByRole('button', { name: 'Store', exact: true }).click();
  await region.getByRole('button', { name: 'kinds-1.0' }).waitFor();
});

test('why a store path is there: the references that lead to it, as the command line tells them', async () => {
  const sample = ['dist/sample/store.tar', '--manifest', 'dist/sample/closure-sample'];
  const { stdout } = await storeimg(['inspect', '--json', '--quiet', 'dist/sample/store.tar']);
  const paths: string[] = JSON.parse(stdout.toString()).storePaths.map(({ path }: { path: string }) => path);
  const greeting = paths.find((path) => path.endsWith('-greeting-1.0'))!;
  const told = await storeimg(['inspect', '--json', '--quiet', ...sample, '--why', greeting]);
  const way: { from: string; to: string; file: string }[] = JSON.parse(told.stdout.toString()).why;
  expect(way.map(({ to }) => to.slice(44))).toEqual(['hello-1.0', 'greeting-1.0']);
  // A link, and a text.
  expect(way.map(({ from, file }) => file.slice(from.length))).toEqual(['sw/bin', 'bin/hello']);

  const next = await visit.open();
  await next.choose(['dist/sample/store.tar'], ['dist/sample/closure-sample']);
  const region = next.page.getByRole('region', { name: 'What is inside' });
  await region.getByText('What takes the space').click();
  await region.getByRole('button', { name: 'greeting-1.0' }).click();
  const why = region.getByRole('region', { name: 'Why it is here' });
  await why.getByRole('listitem').first().waitFor();
  expect(await why.getByRole('listitem').allTextContents()).toEqual(
    way.map(({ from, to, file }) => `${from.slice(44)} refers to ${to.slice(44)} in ${file.slice(from.length)}`),
  );
  await why.getByRole('button', { name: 'sample-system' }).click();
  await why.getByText('Nothing else in the archive refers to it').waitFor();
});

test('the system is named that would be booted: not its specialisation', async () => {
  const [host, variant] = ['b', 'c'].map((letter) => `nix/store/${letter.repeat(32)}-nixos-system`) as [string, string];
  await packed('systems', {
    [`${variant}-variant/init`]: file('x', 0o555),
    [`${host}-host/init`]: file('x', 0o555),
    [`${host}-host/specialisation/variant`]: symlinkTo(`/${variant}-variant`),
  });
  const next = await visit.open();
  await next.choose([at('systems.tar')]);
  await next.page.getByText('System: nixos-system-host', { exact: true }).waitFor();
});

test('a compressed archive is expanded once, looked into and built like a plain one', async () => {
  await run('gzip', ['-k', at('tiny.tar')]);
  const next = await visit.open();
  const phases = async () => {
    const said = await next.page.evaluate(() => (window as unknown as { said: string[] }).said.splice(0).join('\n'));
    return ['Decompressing', 'Making the filesystem'].filter((phase) => said.includes(phase));
  };
  await next.page.evaluate(() => {
    const said: string[] = [];
    Object.assign(window, { said });
    new MutationObserver(() => said.push(document.body.textContent)).observe(document, {
      subtree: true,
      childList: true,
      characterData: true,
    });
  });
  await next.choose([at('tiny.tar.gz')]);
  await next.page.getByText('Contents were read').waitFor();
  expect(await phases()).toEqual(['Decompressing']);
  await next.build().click();
  await next.finished();
  expect(await phases()).toEqual(['Making the filesystem']);
  expect(await next.save(at('expanded.img'))).toBe('tiny.img');
  await build(at('plain.img'), [at('tiny.tar'), '--headroom', '64M']);
  expect(await compareBytes(at('expanded.img'), at('plain.img'))).toBe('');
  // The image reads what the archive was expanded into.
  const spools = async () => (await tab.scratchFiles()).filter((name) => name.includes('spool'));
  expect(await spools()).toHaveLength(1);
  await next.page.getByRole('button', { name: 'Build another' }).click();
  await expect.poll(spools).toEqual([]);
  await next.page.close();
});

test('a profile brings its own defaults; what was given explicitly stays', async () => {
  const next = await visit.open();
  await next.page.getByText('Options', { exact: true }).click();
  await next.page.getByLabel('Profile').selectOption('original');
  expect(await next.page.getByLabel('Hard links').inputValue()).toBe('copy');
  expect(await next.page.getByLabel('Image size').inputValue()).toBe('original');
  expect(await next.page.getByLabel('Free space').inputValue()).toBe('64M');
  await next.page.getByLabel('Profile').selectOption('default');
  await next.page.close();
});

test('the blocks are counted from the bitmaps: what is free there is what the superblock calls free', async () => {
  await tab.page.getByText('How its blocks are used').click();
  const kinds = tab.page.getByRole('listitem').filter({ hasText: /^(Data|Metadata|Journal|Free): / });
  await kinds.first().waitFor();
  const [data, metadata, journal, free] = await kinds.allTextContents();
  expect(journal).toBe('Journal: 4.0 MiB');
  expect(data).toMatch(/^Data: \d/);
  expect(metadata).toMatch(/^Metadata: \d/);
  const room = await tab.page.getByText(/ and [\d,]+ inodes$/).textContent();
  expect(room).toContain(free!.replace('Free: ', ''));
});

test('the script to download is the one that the command line prints', async () => {
  const started = tab.page.waitForEvent('download');
  await tab.page.getByRole('button', { name: 'Replay it natively' }).click();
  const download = await started;
  expect(download.suggestedFilename()).toBe('tiny.plan.sh');
  await download.saveAs(at('plan.sh'));
  const printed = await plan([at('tiny.tar'), '--label', 'ONCE', '--headroom', '64M']);
  expect((await readFile(at('plan.sh'))).equals(printed)).toBe(true);
  await tab.page.getByRole('button', { name: 'Build another' }).click();
});

test('progress only goes forward and never over the end, in the bar and in the title', async () => {
  await tab.page.evaluate(() => {
    const seen: number[] = [];
    Object.assign(window, { seen });
    new MutationObserver(() => {
      const bar = document.querySelector('progress');
      const title = /^(\d+) %/.exec(document.title)?.[1];
      if (bar) seen.push(bar.value);
      if (title) seen.push(Number(title));
    }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  });
  await tab.choose([at('large.tar')]);
  await tab.build().click();
  await tab.finished();
  const seen = await tab.page.evaluate(() => (window as unknown as { seen: number[] }).seen);
  expect(new Set(seen).size).toBeGreaterThan(2);
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect(Math.max(...seen)).toBeLessThanOrEqual(100);
  expect(await tab.page.title()).toBe('Ready · storeimg');
  await tab.page.getByRole('button', { name: 'Build another' }).click();
});

test('two tabs build at once, each its own image', async () => {
  const tabs = await Promise.all([visit.open(), visit.open()]);
  await Promise.all(tabs.map((one) => one.choose([at('large.tar')])));
  await Promise.all(tabs.map((one) => one.build().click()));
  for (const [index, one] of tabs.entries()) {
    await one.finished();
    await one.save(at(`both-${index}.img`));
  }
  expect(await compareBytes(at('both-0.img'), at('both-1.img'))).toBe('');
});

test('the keyboard alone: every control is reached in order, and the focus follows the view', async () => {
  const fresh = await visit.open();
  const { keyboard } = fresh.page;
  const focused = () =>
    fresh.page.evaluate(() => {
      const { activeElement: element } = document;
      const labels = (element as HTMLInputElement).labels;
      return (labels?.[0] ?? element)?.textContent?.trim() || element?.tagName;
    });
  const order = await fresh.page.evaluate(() =>
    [...document.querySelectorAll('form :is(input, select, summary, button)')]
      .filter((element) => element.checkVisibility())
      .map((element) => ((element as HTMLInputElement).labels?.[0] ?? element).textContent?.trim()),
  );
  expect(order).toEqual(expect.arrayContaining(['Store archive', 'Volume label', 'Options', 'Build image']));
  const walk: (string | undefined)[] = [];
  for (const _ of order) {
    await keyboard.press('Tab');
    walk.push(await focused());
  }
  expect(walk).toEqual(order);
  expect(walk.at(-1)).toBe('Try a sample');
  await keyboard.press('Enter');
  await fresh.finished();
  expect(await focused()).toBe('The image is ready');
  await keyboard.press('Tab');
  expect(await focused()).toBe('Download image');
  await fresh.page.getByRole('button', { name: 'Build another' }).press('Enter');
  expect(await focused()).toBe('Store archive');
});
