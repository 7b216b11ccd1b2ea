/** What nixpkgs does today: mke2fs copies a folder. Unpacking the archive is not counted. */
import { environment } from '../../test/oracles/native.ts';
import { assertInodes, type Contender, PARENTS } from '../contender.ts';
import { measureProgram } from '../measure.ts';

const SCRIPT = `
set -eu
numInodes=$(find "$1" | wc -l)
numDataBlocks=$(du -s -c -B 4096 --apparent-size "$1" | tail -1 | awk '{ print int($1 * 1.20) }')
truncate -s $((2 * 4096 * numInodes + 4096 * numDataBlocks)) "$2"
faketime "1970-01-01 00:00:01" mke2fs -q -t ext4 -L NIXOS -U 44444444-4444-4444-8888-888888888888 \
  -N $((numInodes + 1024)) -d "$1" "$2"
`;

export const mke2fsD: Contender = {
  name: 'mke2fs -d',
  readsTree: true,
  async run({ tree, inodes }, image) {
    const measurement = await measureProgram('sh', ['-c', SCRIPT, 'sh', tree, image], { env: environment });
    await assertInodes(image, inodes + PARENTS);
    return measurement;
  },
};
