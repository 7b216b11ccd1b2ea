/** Modes as `ls` shows them. */
import type { ImageEntry, InodeType } from '../../src/core/index.ts';

/** A letter for each type of inode, as `ls` shows it. */
const TYPE_LETTERS: Readonly<Record<InodeType, string>> = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  'character device': 'c',
  'block device': 'b',
  fifo: 'p',
  socket: 's',
  unknown: '?',
};

/** Type and mode as `ls` shows them: `-rwxr-xr-x`. */
export function modeOf({ type, mode }: Pick<ImageEntry, 'type' | 'mode'>): string {
  const special = ['s', 's', 't'];
  const triples = special.map((letter, index) => {
    const bits = mode >>> (6 - 3 * index);
    const isSpecial = (mode >>> (11 - index)) & 1;
    const execute = isSpecial ? (bits & 1 ? letter : letter.toUpperCase()) : bits & 1 ? 'x' : '-';
    return `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${execute}`;
  });
  return TYPE_LETTERS[type] + triples.join('');
}
