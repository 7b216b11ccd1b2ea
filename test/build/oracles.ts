/** The oracles that every image has to satisfy, as tests. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { build, plan } from '../cli/storeimg.ts';
import { type Expectation, mountAndCompare } from '../oracles/kernel.ts';
import { compareBytes, fsck, replay } from '../oracles/native.ts';

export interface Case {
  /** Where images may be left; exists, and is the case's own. */
  readonly folder: string;
  /** `storeimg`'s words: archive and options. */
  readonly words: readonly string[];
  /** The archive unpacked. */
  readonly tree: string;
  readonly expectation: Expectation;
}

/** Builds the image of a case, `image` in its folder, and puts it before the oracles. */
export function satisfiesEveryOracle({ folder, words, tree, expectation }: Case): void {
  const image = join(folder, 'image');

  beforeAll(async () => {
    await build(image, words);
  });

  test('two builds give the same bytes', async () => {
    const again = join(folder, 'again');
    await build(again, words);
    expect(await compareBytes(image, again)).toBe('');
  });

  test('bytes: native e2fsprogs makes the same image by the plan', async () => {
    const script = join(folder, 'plan.sh');
    await writeFile(script, await plan(words));
    const native = join(folder, 'native');
    await replay(script, tree, native);
    expect(await compareBytes(image, native)).toBe('');
  });

  test('a kernel: it holds what the archive holds', async () => {
    expect(await mountAndCompare(image, tree, expectation)).toEqual([]);
  });

  test('native e2fsck finds it clean', async () => {
    await fsck(image);
  });
}
