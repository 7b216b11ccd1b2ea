/** What the page says is to be done with an image: commands for this very file, and for what was made. */
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/folder.ts';
import { tiny } from '../fixtures/small-closures.ts';
import { packTree } from '../fixtures/tree.ts';
import type { StoreimgPage } from './page.ts';
import { usePage } from './use-page.ts';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const ODD = "my store, $(touch pwned) & it's";
const visit = usePage();
let tab: StoreimgPage;

beforeAll(async () => {
  await packTree(folder, 'tiny', tiny);
  await rename(at('tiny.tar'), at(`${ODD}.tar`));
  tab = await visit.open();
});

async function build(): Promise<string[]> {
  await tab.choose([at(`${ODD}.tar`)]);
  await tab.build().click();
  await tab.finished();
  await tab.page.getByText('What do I do with the image?').click();
  return tab.page.locator('#using code').allTextContents();
}

test('an odd name is one word of each command', async () => {
  const commands = await build();
  expect(commands).toContain(`sudo mount -o loop,ro 'my store, $(touch pwned) & it'\\''s.img' /mnt`);
  expect(commands.find((command) => command.startsWith('qemu'))).toContain(
    ` -drive file='my store,, $(touch pwned) & it'\\''s.img',format=raw`,
  );
  await tab.page.getByRole('button', { name: 'Build another' }).click();
});

test('a disk is told how to be written without Linux; of its block map nothing is said where there is none', async () => {
  await tab.select('Partition table', 'mbr');
  const commands = (await build()).join('\n');
  expect(commands).toContain('of=/dev/rdiskN');
  expect(commands).toMatch(/losetup .* && sudo mount -o ro,noload "\$loop"p1 \/mnt\n.*losetup -d "\$loop"/);
  expect(commands).not.toContain('bmaptool');
  await tab.page.getByRole('button', { name: 'Build another' }).click();
  await tab.check('Block map');
  expect((await build()).join('\n')).toContain('bmaptool');
});
