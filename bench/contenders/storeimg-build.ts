/** The command line, everything on. */
import { fileURLToPath } from 'node:url';
import { assertInodes, type Contender, PARENTS, REGISTRATION } from '../contender.ts';
import { measureProgram } from '../measure.ts';

const program = fileURLToPath(new URL('../../bin/storeimg.js', import.meta.url));

export const storeimgBuild: Contender = {
  name: 'storeimg build',
  async run({ archive, manifests, inodes }, image) {
    const given = manifests.flatMap((manifest) => ['--manifest', manifest]);
    const args = [program, 'build', '--quiet', '-o', image, ...given, archive];
    const measurement = await measureProgram(process.execPath, args);
    await assertInodes(image, inodes + PARENTS + REGISTRATION);
    return measurement;
  },
};
