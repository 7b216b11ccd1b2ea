/** The page in Chromium, from choosing the files to the image being ready. Saving it is not counted. */
import { launch, serve } from '../../test/web/page.ts';
import { assertInodes, type Contender, PARENTS, REGISTRATION } from '../contender.ts';
import { measure } from '../measure.ts';

export const page: Contender = {
  name: 'page in Chromium',
  async run({ archive, manifests, inodes }, image) {
    const server = await serve();
    const browser = await launch(server.url);
    try {
      const tab = await browser.open();
      const measurement = await measure(async () => {
        await tab.choose([archive], manifests);
        await tab.build().click();
        await tab.finished();
      });
      await tab.save(image);
      await assertInodes(image, inodes + PARENTS + REGISTRATION);
      return measurement;
    } finally {
      await browser.close();
      server.close();
    }
  },
};
