/** The page where its surroundings are not what they should be. */
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { build } from '../cli/storeimg.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { run } from '../fixtures/process.ts';
import { everyKind } from '../fixtures/small-closures.ts';
import { packTree } from '../fixtures/tree.ts';
import { compareBytes } from '../oracles/native.ts';
import { launch, type StoreimgPage, serve } from './page.ts';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  await packTree(folder, 'closure', everyKind);
});

/** Opens the page from a host, does something with it, and closes everything. */
async function visit(
  host: { lacks?: RegExp; name?: string },
  act: (tab: StoreimgPage) => Promise<void>,
): Promise<void> {
  const { url, close } = await serve('/', host.lacks);
  const name = host.name ?? 'localhost';
  const browser = await launch(url.replace('localhost', name), `--host-resolver-rules=MAP ${name} 127.0.0.1`);
  try {
    await act(await browser.open());
  } finally {
    await browser.close();
    close();
  }
}

test('plain http from another machine, where browsers give neither OPFS nor locks nor the fast SHA-256', () =>
  visit({ name: 'plain.example' }, async (tab) => {
    expect(await tab.page.evaluate(() => [isSecureContext, 'storage' in navigator])).toEqual([false, false]);
    await tab.choose([at('closure.tar')]);
    await tab.build().click();
    await tab.finished();
    await tab.save(at('plain.img'));
    await build(at('command.img'), [at('closure.tar')]);
    expect(await compareBytes(at('plain.img'), at('command.img'))).toBe('');
  }));

test('there, leaving asks first until the image is downloaded', () =>
  visit({ name: 'plain.example' }, async (tab) => {
    await tab.choose([at('closure.tar')]);
    await tab.build().click();
    await tab.finished();
    const asked = tab.page.waitForEvent('dialog');
    const closing = tab.page.close({ runBeforeUnload: true });
    await (await asked).dismiss();
    await closing;
    await tab.save(at('kept.img'));
    await tab.page.reload();
    await tab.build().waitFor();
  }));

test('there, memory holds what a compressed archive expands to; what is over 512 MiB is expanded again', () =>
  visit({ name: 'plain.example' }, async (tab) => {
    await run('zstd', ['-q', at('closure.tar')]);
    await tab.choose([at('closure.tar.zst')]);
    await tab.build().click();
    await tab.finished();
    await tab.page.getByRole('button', { name: 'Build another' }).click();
    const large = at(`closure.tree/nix/store/${'0'.repeat(32)}-large`);
    await run('sh', ['-ec', `truncate -s 600M ${large} && tar -C closure.tree -c nix | zstd -q -o large.tar.zst`], {
      cwd: folder,
    });
    await tab.choose([at('large.tar.zst')]);
    await tab.build().click();
    await tab.finished();
  }));

describe('a part that the host has lost is named, not waited for:', () => {
  test.each([
    ['the engine', /engine-/],
    ['the analysis', /analysis-/],
    ['a program', /debugfs-/],
  ])('%s', (_, lacks) =>
    visit({ lacks }, async (tab) => {
      await tab.choose([at('closure.tar')]);
      await tab.build().click();
      expect(await tab.refusal()).toMatch(/^A part of this page can't be loaded .*reload the page\.$/);
    }),
  );
});

test('the host is gone: the sample says so', () =>
  visit({}, async (tab) => {
    await tab.page.context().setOffline(true);
    await tab.page.getByRole('button', { name: 'Try a sample' }).click();
    expect(await tab.refusal()).toMatch(/^A part of this page can't be loaded \(sample\/store\.tar: /);
  }));

test('the control names the files that will be built, however they came and went', () =>
  visit({}, async (tab) => {
    const input = tab.page.getByLabel('Store archive');
    const names = () => input.evaluate((element) => [...(element as HTMLInputElement).files!].map(({ name }) => name));
    await tab.choose([at('closure.tar')]);
    await tab.fill('UUID', 'nonsense');
    await tab.build().click();
    await tab.refusal();
    expect(await names()).toEqual(['closure.tar']);
    const dropped = await tab.page.evaluateHandle(() => {
      const data = new DataTransfer();
      data.items.add(new File(['x'], 'dropped.tar'));
      return data;
    });
    await tab.page.dispatchEvent('footer', 'drop', { dataTransfer: dropped });
    await expect.poll(names).toEqual(['closure.tar', 'dropped.tar']);
    await tab.page.getByRole('button', { name: 'Remove closure.tar' }).click();
    await tab.page.getByRole('button', { name: 'Remove dropped.tar' }).click();
    await expect.poll(names).toEqual([]);
  }));
