/** The page in Chromium, from choosing the files to the image being ready, or to it being a file of the person's. */
import { setTimeout } from 'node:timers/promises';
import { outcome } from '../../test/fixtures/process.ts';
import { mounted } from '../../test/oracles/kernel.ts';
import { fsck } from '../../test/oracles/native.ts';
import { launch, type StoreimgPage, serve } from '../../test/web/page.ts';
import { assertInodes, type Contender, PARENTS, REGISTRATION } from '../contender.ts';
import { measure, proportionalSetSize } from '../measure.ts';

/** Milliseconds until a browser that was just started is quiet. */
const SETTLE = 2000;
/** Milliseconds that the largest case may take. */
const PATIENCE = 10 * 60_000;

export const page = contender('page in Chromium', {});
export const pageSaved = contender('page in Chromium, to the file saved', { isSaved: true });
/** What was saved is then asserted to be clean, and to hold what the archive does: neither is counted. */
export const pageProven = contender('page in Chromium, to the file saved, and that proven', {
  isSaved: true,
  isProven: true,
});

function contender(name: string, { isSaved, isProven }: { isSaved?: boolean; isProven?: boolean }): Contender {
  return {
    name,
    async run({ archive, manifests, inodes }) {
      const server = await serve();
      const browser = await launch(server.url);
      try {
        await setTimeout(SETTLE);
        const emptyTab = proportionalSetSize();
        const tab = await browser.open();
        const measurement = await measure(async () => {
          await tab.choose([archive], manifests);
          await tab.build().click();
          await tab.finished(PATIENCE);
          if (isSaved) await downloaded(tab);
        }, emptyTab);
        const image = await downloaded(tab);
        await assertInodes(image, inodes + PARENTS + REGISTRATION);
        if (isProven) await prove(image, archive);
        return measurement;
      } finally {
        await browser.close();
        server.close();
      }
    },
  };
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
