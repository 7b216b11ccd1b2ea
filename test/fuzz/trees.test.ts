/** Whatever tree, however it was packed: the image is clean and holds it. */
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { buildInMemory, saveImage } from '../build/in-memory.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { Shell } from '../fixtures/shell.ts';
import { listImage } from '../oracles/kernel.ts';
import { compareListings } from '../oracles/listing.ts';
import { budget } from './budget.ts';
import { Dice } from './dice.ts';
import { expectedListing, model } from './model.ts';
import { writeTar } from './tar-writer.ts';

const folder = temporaryFolder();
const { runs, seed, timeout } = budget('random trees', 1000);

const shell = new Shell();
afterAll(() => shell.close());

const options = fc.record({
  links: fc.constantFrom('keep', 'keep', 'copy'),
  features: fc.constantFrom('classic', 'modern', 'u-boot'),
  journal: fc.constantFrom('default', 'none'),
});

test('an image holds the tree that its archive was written from', { timeout }, async () => {
  const image = join(folder, 'image');
  const holdsIts = fc.asyncProperty(model, fc.nat(), options, async (tree, dice, given) => {
    const { store } = await buildInMemory(writeTar(tree, new Dice(dice)), given);
    await saveImage(store, image);
    expect(
      compareListings(
        expectedListing(tree, given.links),
        await listImage(image, (...command) => shell.run(...command)),
      ),
    ).toEqual([]);
  });
  await fc.assert(holdsIts, { numRuns: runs, seed });
});
