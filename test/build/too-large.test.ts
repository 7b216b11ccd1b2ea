/** More than ext4 has numbers for. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decide } from '../../src/core/options.ts';
import { inodesToMake } from '../../src/core/plan/demand.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { buildInMemory } from './in-memory.ts';

const folder = temporaryFolder();

// Found by fuzzing: a sparse file can promise it.
test('a file of 16 TiB is refused by name', async () => {
  const path = `nix/store/${'0'.repeat(32)}-large`;
  mkdirSync(join(folder, 'nix/store'), { recursive: true });
  writeFileSync(join(folder, path), '');
  // What the machine's own filesystem holds; the archive is then made to say more.
  const held = 10 * 2 ** 40;
  truncateSync(join(folder, path), held);
  const tar = execFileSync('tar', ['-c', '-C', folder, '--sparse', '--format=pax', path]);
  tar.write(`GNU.sparse.realsize=${2 ** 44}`, tar.indexOf(`GNU.sparse.realsize=${held}`), 'latin1');
  await expect(buildInMemory(new Uint8Array(tar), { registration: 'zero' })).rejects.toMatchObject({
    code: 'file-too-large',
  });
});

test('inodes that 32 bits can’t number are refused, those of ext4 itself and the headroom included', () => {
  const most = 2 ** 32 - 1;
  const options = decide({ inodeHeadroom: 2 ** 31 });
  const fits = most - 2 ** 31 - 11;
  expect(inodesToMake({ inodes: fits }, options)).toBe(most);
  expect(() => inodesToMake({ inodes: fits + 1 }, options)).toThrow(
    'The contents take 2147483637 inodes, 4294967296 with those of ext4 itself and --inode-headroom; ext4 holds at most 4294967295: make several images, or give a smaller --inode-headroom.',
  );
});
