/** What those who read a tree do first, and are not charged for. */
import { unpack } from '../../test/fixtures/tree.ts';
import type { Contender } from '../contender.ts';
import { measure } from '../measure.ts';

export const untar: Contender = {
  name: 'tar -x',
  run({ archive }, folder) {
    return measure(() => unpack(archive, folder));
  },
};
