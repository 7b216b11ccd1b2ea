/** What comes between: things that happen while others are under way. */
import { join } from 'node:path';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/folder.ts';
import { tiny } from '../fixtures/small-closures.ts';
import { file, packTree } from '../fixtures/tree.ts';
import type { StoreimgPage } from './page.ts';
import { usePage } from './use-page.ts';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const [storePath] = Object.keys(tiny);
const visit = usePage({ keepsCopy: false });
let tab: StoreimgPage;

beforeAll(async () => {
  const alike = file('alike. '.repeat(2_000_000));
  await packTree(folder, 'tiny', tiny);
  await packTree(folder, 'twins', { ...tiny, [`${storePath}-2`]: alike, [`${storePath}-3`]: alike });
});

beforeEach(async () => {
  tab = await visit.open();
});

const sample = () => tab.page.getByRole('button', { name: 'Try a sample' });

test('the sample is built whatever the form says, which stays as it is; it can be cancelled while it is fetched', async () => {
  await tab.choose([at('tiny.tar')]);
  await tab.page.getByText('Options', { exact: true }).click();
  await tab.page.getByLabel('Image size').fill('100K');
  await tab.page.getByLabel('System', { exact: true }).fill('/nix/store/nothing');
  const release = visit.hold(/sample\/store/);
  await sample().click();
  await tab.cancel().click();
  await tab.build().waitFor({ timeout: 1000 });
  release();
  await sample().click();
  await tab.finished();
  expect(await tab.save(at('sample.img'))).toBe('store.img');
  await tab.page.getByRole('button', { name: 'Build another' }).click();
  expect(await tab.page.getByLabel('Image size').inputValue()).toBe('100K');
  await tab.page.getByText('tiny.tar', { exact: true }).waitFor();
  await tab.page.evaluate(() => localStorage.clear());
});

test('after Cancel nothing is said to be read that is not', async () => {
  const release = visit.hold(/mke2fs-/);
  await tab.choose([at('tiny.tar')]);
  await tab.build().click();
  await tab.cancel().click();
  await tab.build().waitFor();
  release();
  expect(await tab.page.getByText('Reading the archive').count()).toBe(0);
  await tab.build().click();
  await tab.finished();
});

test('a part that did not arrive is asked for again by the next build', async () => {
  let isLost = true;
  await tab.page.route('**/debugfs-*', (route) => (isLost ? route.abort() : route.continue()));
  await tab.choose([at('tiny.tar')]);
  await tab.build().click();
  expect(await tab.refusal()).toMatch(/^A part of this page can't be loaded/);
  isLost = false;
  await tab.build().click();
  await tab.download().waitFor();
});

test('what is said of options that are no more comes too late', async () => {
  await tab.page.addInitScript(() => {
    const late = new Set<unknown>();
    const { postMessage, addEventListener } = Worker.prototype;
    Worker.prototype.postMessage = function (this: Worker, message: { id: unknown }, ...rest: never[]) {
      if (JSON.stringify(message).includes('"links":"dedupe"')) late.add(message.id);
      postMessage.call(this, message, ...rest);
    };
    Worker.prototype.addEventListener = function (this: Worker, type: string, listener: (event: MessageEvent) => void) {
      const delayed = (event: MessageEvent) =>
        late.has(event.data?.id) ? setTimeout(() => listener(event), 1500) : listener(event);
      addEventListener.call(this, type, type === 'message' ? (delayed as EventListener) : (listener as EventListener));
    } as typeof addEventListener;
  });
  await tab.page.reload();
  await tab.choose([at('twins.tar')]);
  await tab.page.getByText('Contents were read').waitFor();
  const told = tab.page.getByText('The image will be');
  const before = await told.textContent();
  await tab.page.getByText('Options', { exact: true }).click();
  await tab.select('Hard links', 'dedupe');
  await expect.poll(() => told.textContent(), { timeout: 10_000 }).not.toBe(before);
  await tab.select('Hard links', 'copy');
  await expect.poll(() => told.textContent(), { timeout: 10_000 }).toBe(before);
  await tab.select('Hard links', 'dedupe');
  await tab.page.waitForTimeout(500);
  await tab.select('Hard links', 'keep');
  await tab.page.waitForTimeout(2500);
  expect(await told.textContent()).toBe(before);
});

test('a button that moves while it is pressed is pressed all the same', async () => {
  await tab.page.setViewportSize({ width: 1280, height: 1400 });
  const { x, y, width, height } = (await tab.build().boundingBox())!;
  await tab.page.mouse.move(x + width / 2, y + height / 2);
  await tab.page.mouse.down();
  await tab.page.evaluate(() => {
    const found = document.createElement('div');
    found.style.height = '300px';
    document.querySelector('form')!.prepend(found);
  });
  expect((await tab.build().boundingBox())!.y).toBeGreaterThan(y + 200);
  await tab.page.mouse.up();
  expect(await tab.refusal()).toMatch(/^No archive was given/);
});

test('the screen is kept on while an image is built, and no longer', async () => {
  await tab.page.addInitScript(() => {
    const locks = { held: 0, asked: 0 };
    Object.assign(window, { locks });
    Object.defineProperty(navigator, 'wakeLock', {
      value: {
        async request() {
          locks.asked++;
          locks.held++;
          let isHeld = true;
          const release = async () => {
            if (isHeld) locks.held--;
            isHeld = false;
          };
          return { release };
        },
      },
    });
  });
  await tab.page.reload();
  const locks = () => tab.page.evaluate(() => ({ ...(window as unknown as { locks: object }).locks }));
  const release = visit.hold(/e2fsck-/);
  await tab.choose([at('tiny.tar')]);
  await tab.build().click();
  await expect.poll(locks).toEqual({ held: 1, asked: 1 });
  // It is shown again: browsers have let go of it meanwhile.
  await tab.page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await expect.poll(locks).toEqual({ held: 1, asked: 2 });
  release();
  await tab.finished();
  await expect.poll(locks).toEqual({ held: 0, asked: 2 });
});
