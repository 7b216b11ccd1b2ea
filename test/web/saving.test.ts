/** Where a finished image can't be saved, or is gone, that is said: it is no defect. */
import { join } from 'node:path';
import { beforeAll, test } from 'vitest';
import { temporaryFolder } from '../fixtures/folder.ts';
import { tiny } from '../fixtures/small-closures.ts';
import { packTree } from '../fixtures/tree.ts';
import { usePage } from './use-page.ts';

const folder = temporaryFolder();
const archive = join(folder, 'tiny.tar');
const visit = usePage({ keepsCopy: false });

beforeAll(async () => {
  await packTree(folder, 'tiny', tiny);
});

test('the disk that it is saved on is full', async () => {
  const tab = await visit.open();
  await tab.page.addInitScript(() => {
    const target = new WritableStream({
      write() {
        throw new DOMException('no room', 'QuotaExceededError');
      },
    });
    Object.assign(window, { showSaveFilePicker: async () => ({ createWritable: async () => target }) });
  });
  await tab.page.reload();
  await tab.choose([archive]);
  await tab.build().click();
  await tab.finished();
  await tab.page.getByRole('button', { name: 'Save as…' }).click();
  await tab.page
    .getByText('The image could not be saved (no room): choose another place, or use “Download image”.')
    .waitFor();
  await tab.page.close();
});

test('the browser has cleared its storage before the image was hashed', async () => {
  const tab = await visit.open();
  const release = visit.hold(/checksums-/);
  await tab.choose([archive]);
  await tab.build().click();
  await tab.finished();
  await tab.page.evaluate(async () =>
    (await navigator.storage.getDirectory()).removeEntry('storeimg', { recursive: true }),
  );
  release();
  await tab.page.getByText(/^The finished image can't be read any more \(.*\): .* build it again\.$/).waitFor();
  await tab.page.close();
});
