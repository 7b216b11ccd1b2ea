/** Whatever tree, however it was packed: the image is clean and holds it. */
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { decide, type MemoryStore } from '../../src/core/index.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { Shell } from '../fixtures/shell.ts';
import { listImage } from '../oracles/kernel.ts';
import { compareListings } from '../oracles/listing.ts';
import { bytesSource } from '../storage/bytes-source.ts';
import { budget } from './budget.ts';
import { Dice } from './dice.ts';
import { buildInMemory } from './in-memory.ts';
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
    const archive = bytesSource('random.tar', writeTar(tree, new Dice(dice)));
    const store = await buildInMemory({ archives: [archive], manifests: [], options: decide(given) });
    await write(store, image);
    expect(
      compareListings(
        expectedListing(tree, given.links),
        await listImage(image, (...command) => shell.run(...command)),
      ),
    ).toEqual([]);
  });
  await fc.assert(holdsIts, { numRuns: runs, seed });
});

/** Into a sparse file that did not exist. */
async function write(store: MemoryStore, path: string): Promise<void> {
  await rm(path, { force: true });
  const file = await open(path, 'wx');
  try {
    await file.truncate(store.size);
    let at = 0;
    for (const [piece, length] of store.pieces()) {
      if (piece) await file.write(piece, 0, length, at);
      at += length;
    }
  } finally {
    await file.close();
  }
}
