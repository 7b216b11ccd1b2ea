/** The one other program that makes a filesystem straight from a tar: ext2, without hashes or a check. */
import { mkdir, stat } from 'node:fs/promises';
import { assertInodes, type Contender, PARENTS } from '../contender.ts';
import { measureProgram } from '../measure.ts';

const BLOCK = 4096;
/** Blocks besides contents and a block a name: inode tables, indirect blocks, groups. */
const SLACK = 4096;

export const genext2fs: Contender = {
  name: 'genext2fs -a',
  async run({ archive, names, inodes }, image) {
    // Parents that the archive doesn't name have to be there.
    const parents = `${image}-parents`;
    await mkdir(`${parents}/nix/store`, { recursive: true });
    const { size } = await stat(archive);
    const blocks = Math.ceil((1.01 * size) / BLOCK) + names + SLACK;
    const numbers = ['-B', BLOCK, '-b', blocks, '-N', names + 1024].map(String);
    const measurement = await measureProgram('genext2fs', [...numbers, '-d', parents, '-a', archive, image]);
    await assertInodes(image, inodes + PARENTS);
    return measurement;
  },
};
