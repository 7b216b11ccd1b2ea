/** The page in Chromium, from choosing the files to the image being ready, or to it being a file of the person's. */
import { setTimeout } from 'node:timers/promises';
import { launch, type StoreimgPage, serve } from '../../test/web/page.ts';
import { assertInodes, type Contender, PARENTS, REGISTRATION } from '../contender.ts';
import { measure, proportionalSetSize } from '../measure.ts';

/** Milliseconds until a browser that was just started is quiet. */
const SETTLE = 2000;

export const page = contender('page in Chromium', false);
export const pageSaved = contender('page in Chromium, to the file saved', true);

function contender(name: string, isSaved: boolean): Contender {
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
          await tab.finished();
          if (isSaved) await downloaded(tab);
        }, emptyTab);
        await assertInodes(await downloaded(tab), inodes + PARENTS + REGISTRATION);
        return measurement;
      } finally {
        await browser.close();
        server.close();
      }
    },
  };
}

/** Where the browser has put the image; goes with the browser. */
async function downloaded(tab: StoreimgPage): Promise<string> {
  const started = tab.page.waitForEvent('download');
  await tab.download().click();
  return (await started).path();
}
