/** The limit: the archive's bytes read once, written once, and on the disk. */
import type { Contender } from '../contender.ts';
import { measureProgram } from '../measure.ts';

export const copy: Contender = {
  name: 'cp archive, fsync',
  run({ archive }, image) {
    return measureProgram('sh', ['-c', 'cp --reflink=never "$1" "$2" && sync "$2"', 'sh', archive, image]);
  },
};
