/** The page in Chromium, from choosing the files to the image being ready, or to it being a file of the person's. */
import { setTimeout } from 'node:timers/promises';
import { outcome, run } from '../../test/fixtures/process.ts';
import { mounted } from '../../test/oracles/kernel.ts';
import { fsck } from '../../test/oracles/native.ts';
import { launch, type StoreimgPage, serve } from '../../test/web/page.ts';
import { assertInodes, type Contender, PARENTS, REGISTRATION } from '../contender.ts';
import { measure, proportionalSetSize } from '../measure.ts';
import { storeimgArguments } from './storeimg-build.ts';

/** Milliseconds until a browser that was just started is quiet. */
const SETTLE = 2000;
/** Milliseconds that the largest case may take. */
const PATIENCE = 10 * 60_000;

/** Bytes of OPFS that a build from a plain tar may use. */
const MOST_STORED = 50e6;

interface Times {
  /** Not timed. */
  readonly before: (tab: StoreimgPage, choose: () => Promise<void>) => Promise<void>;
  readonly timed: (tab: StoreimgPage, choose: () => Promise<void>) => Promise<unknown>;
}

const build = async (tab: StoreimgPage) => {
  await tab.build().click();
  await tab.finished(PATIENCE);
};
const chosenAndBuilt: Times['before'] = async (tab, choose) => {
  await choose();
  await build(tab);
};

export const page = contender('page in Chromium, chosen to ready', { before: async () => {}, timed: chosenAndBuilt });
export const pageInstant = contender('page in Chromium, Build pressed after contents were read, to ready', {
  async before(tab, choose) {
    await choose();
    await tab.page.getByText('Contents were read').waitFor({ timeout: PATIENCE });
  },
  timed: build,
});
export const pageSaving = contender('page in Chromium, ready to saved', { before: chosenAndBuilt, timed: downloaded });
/** What was saved is then asserted to be clean, and to hold what the archive does: neither is counted. */
export const pageProven = contender(
  'page in Chromium, chosen to saved, and that proven',
  {
    before: async () => {},
    async timed(tab, choose) {
      await chosenAndBuilt(tab, choose);
      await downloaded(tab);
    },
  },
  true,
);

function contender(name: string, { before, timed }: Times, isProven = false): Contender {
  return {
    name,
    run: ({ archive, manifests, inodes }) =>
      inChromium(async (tab, emptyTab) => {
        const choose = () => tab.choose([archive], manifests);
        await before(tab, choose);
        const measurement = await measure(() => timed(tab, choose), emptyTab);
        const stored = await tab.page.evaluate(async () => Object(await navigator.storage.estimate()).usageDetails);
        // Chromium alone tells what its storage is used for.
        const { fileSystem = 0 } = Object(stored) as { fileSystem?: number };
        if (fileSystem > MOST_STORED) throw new Error(`${fileSystem} bytes are in OPFS`);
        const image = await downloaded(tab);
        await assertInodes(image, inodes + PARENTS + REGISTRATION);
        if (isProven) await prove(image, archive);
        return measurement;
      }),
  };
}

/** What saving takes at least: the same browser saves a file of the image's size, as it lies on disk. */
export const plainSaving: Contender = {
  name: 'Chromium saving the same image as a plain file',
  async run(material, image) {
    await run(process.execPath, storeimgArguments(material, image));
    return inChromium(async ({ page }, emptyTab) => {
      await page.setContent('<input type="file"><a download="image.img">Save</a>');
      await page.locator('input').setInputFiles([image]);
      await page.evaluate(() => {
        const [file] = document.querySelector('input')!.files!;
        document.querySelector('a')!.href = URL.createObjectURL(file!);
      });
      return measure(async () => {
        const started = page.waitForEvent('download');
        await page.getByText('Save').click();
        await (await started).path();
      }, emptyTab);
    });
  },
};

/** @param work gets a tab with the page, and the memory that the browser takes without one */
async function inChromium<T>(work: (tab: StoreimgPage, emptyTab: number) => Promise<T>): Promise<T> {
  const server = await serve();
  const browser = await launch(server.url);
  try {
    await setTimeout(SETTLE);
    const emptyTab = proportionalSetSize();
    const tab = await browser.open();
    await tab.page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
    return await work(tab, emptyTab);
  } finally {
    await browser.close();
    server.close();
  }
}

/** Asserts that native e2fsck finds nothing, and that the kernel reads from the image what is in the archive. */
async function prove(image: string, archive: string): Promise<void> {
  await fsck(image);
  const { stdout: differences } = await mounted(image, (folder) =>
    outcome('tar', ['--compare', '-f', archive, '-C', folder]),
  );
  const wrong = differences
    .toString()
    .split('\n')
    .filter((line) => line && !OPTIONS_DECIDE.test(line));
  if (wrong.length > 0) throw new Error(`${wrong.length} differences, first: ${wrong[0]}`);
}

/** What an image doesn't take from the archive. */
const OPTIONS_DECIDE = /: (Uid|Gid|Mod time) differs$/;

/** Where the browser has put the image; goes with the browser. */
async function downloaded(tab: StoreimgPage): Promise<string> {
  const started = tab.page.waitForEvent('download');
  await tab.download().click();
  return (await started).path();
}
