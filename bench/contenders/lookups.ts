/** Every name of an image looked up through the kernel, whose caches are empty. Making the image is not counted. */
import { writeFile } from 'node:fs/promises';
import { run } from '../../test/fixtures/process.ts';
import { mounted } from '../../test/oracles/kernel.ts';
import type { Contender } from '../contender.ts';
import { measureProgram } from '../measure.ts';
import { storeimgArguments } from './storeimg-build.ts';

export const LINEAR = 'looked up, directories as debugfs fills them';
export const lookups = [contender(LINEAR), contender('looked up, --index-directories', '--index-directories')];

function contender(name: string, ...options: string[]): Contender {
  return {
    name,
    async run(material, image) {
      await run(process.execPath, [...storeimgArguments(material, image), ...options]);
      const inAnyOrder = 'tar -tf "$1" | sort -R --random-source="$1"';
      const names = await run('sh', ['-c', inAnyOrder, 'sh', material.archive]);
      return mounted(image, async (folder) => {
        await run('sync', []);
        await writeFile('/proc/sys/vm/drop_caches', '3');
        const script = 'chomp; lstat or die "$_: $!\\n"';
        return measureProgram('perl', ['-ne', script], { cwd: folder, input: names });
      });
    },
  };
}
