/** What is measured: a case is an archive and who is to make an image of it. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../test/fixtures/process.ts';
import { realClosure } from '../test/fixtures/real-closure.ts';
import { unpack } from '../test/fixtures/tree.ts';
import type { Contender, Material } from './contender.ts';
import { mke2fsD } from './contenders/mke2fs-d.ts';
import { npmStart } from './contenders/npm-start.ts';
import { originalScript } from './contenders/original-script.ts';
import { page } from './contenders/page.ts';
import { storeimgBuild } from './contenders/storeimg-build.ts';

export interface Case {
  readonly name: string;
  /** Makes what is needed; the folder does not exist yet. */
  readonly make: (folder: string) => Promise<Material & { readonly description: string }>;
  readonly contenders: readonly Contender[];
}

export const CASES: readonly Case[] = [
  {
    name: 'real-closure',
    make: async (folder) => {
      const closure = await realClosure(1_200_000_000, 24_000, 'plain');
      const material = await withTree(closure, folder);
      const description = `${closure.storePaths.length} store paths made by Nix from the machine's own files: ${material.names} entries, 1.2 GB.`;
      return { ...material, description };
    },
    contenders: [originalScript, mke2fsD, storeimgBuild, page, npmStart],
  },
];

/** Unpacks an archive and counts what is in its store. */
async function withTree<T extends Pick<Material, 'archive'>>(material: T, folder: string) {
  const tree = join(folder, 'tree');
  await mkdir(folder);
  await unpack(material.archive, tree);
  const inodes = (await run('find', [`${tree}/nix/store`, '-mindepth', '1', '-printf', '%i\n'])).toString().split('\n');
  inodes.pop();
  return { ...material, tree, names: inodes.length, inodes: new Set(inodes).size };
}
