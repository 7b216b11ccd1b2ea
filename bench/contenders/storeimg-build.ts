/** The command line, everything on. */
import { fileURLToPath } from 'node:url';
import { run } from '../../test/fixtures/process.ts';
import { assertInodes, type Contender, type Material, PARENTS, REGISTRATION } from '../contender.ts';
import { measureProgram } from '../measure.ts';

const program = fileURLToPath(new URL('../../bin/storeimg.js', import.meta.url));

/** Its command line, after Node.js' own options. */
export function storeimgArguments({ archive, manifests }: Material, image: string): string[] {
  const given = manifests.flatMap((manifest) => ['--manifest', manifest]);
  return [program, 'build', '--quiet', '-o', image, ...given, archive];
}

export const storeimgBuild = storeimgWith();

/** The same with more options. */
export function storeimgWith(...options: string[]): Contender {
  return {
    name: ['storeimg build', ...options].join(' '),
    async run(material, image) {
      const args = [...storeimgArguments(material, image), ...options];
      const measurement = await measureProgram(process.execPath, args);
      const format = ['gzip', 'zstd'].find((format) => options.includes(format));
      if (format) await expand(format, image);
      await assertInodes(image, material.inodes + PARENTS + REGISTRATION);
      return measurement;
    },
  };
}

/** Puts what is in a compressed image in its place. */
async function expand(format: string, image: string): Promise<void> {
  const script = `${format} -dc < "$1" | cp --sparse=always /dev/stdin "$1.plain" && mv "$1.plain" "$1"`;
  await run('sh', ['-c', script, 'sh', image]);
}
