import { expect, test } from 'vitest';
import { imageName } from '../../src/core/index.ts';

test.each([
  ['store.tar', 'none', 'store.img'],
  ['my.store.TAR.zst', 'gzip', 'my.store.img.gz'],
  ['store.tgz', 'zstd', 'store.img.zst'],
  ['store.tbz', 'none', 'store.img'],
  ['closure.xz', 'none', 'closure.img'],
  ['v1.2', 'none', 'v1.2.img'],
  ['guitar', 'none', 'guitar.img'],
  ['.tar', 'none', '.tar.img'],
] as const)('%s, compressed by %s, becomes %s', (archive, compress, name) => {
  expect(imageName(archive, { compress })).toBe(name);
});
