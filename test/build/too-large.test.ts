/** Found by fuzzing: a sparse file can promise more than ext4 has numbers for. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/folder.ts';
import { buildInMemory } from './in-memory.ts';

const folder = temporaryFolder();

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
