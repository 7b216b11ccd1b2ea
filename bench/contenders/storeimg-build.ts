/** The command line, everything on. */
import { fileURLToPath } from 'node:url';
import { assertInodes, type Contender, type Material, PARENTS, REGISTRATION } from '../contender.ts';
import { measureProgram } from '../measure.ts';

const program = fileURLToPath(new URL('../../bin/storeimg.js', import.meta.url));

/** Its command line, after Node.js' own options. */
export function storeimgArguments({ archive, manifests }: Material, image: string): string[] {
  const given = manifests.flatMap((manifest) => ['--manifest', manifest]);
  return [program, 'build', '--quiet', '-o', image, ...given, archive];
}

export const storeimgBuild: Contender = {
  name: 'storeimg build',
  async run(material, image) {
    const measurement = await measureProgram(process.execPath, storeimgArguments(material, image));
    await assertInodes(image, material.inodes + PARENTS + REGISTRATION);
    return measurement;
  },
};
