/** Interrupted in the middle: the exit code says so, and nothing is left behind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/folder.ts';
import { file, packTree } from '../fixtures/tree.ts';
import { storeimg } from './storeimg.ts';

const folder = temporaryFolder();
const archive = join(folder, 'large.tar');
const STORE_PATH = `nix/store/${'a'.repeat(32)}-large`;

beforeAll(async () => {
  // Seconds of work, so that there is a middle.
  const names = Array.from({ length: 10 }, (_, index) => `${STORE_PATH}/${index}`);
  const content = file('0123456789abcdef'.repeat(2 ** 21));
  await packTree(folder, 'large', Object.fromEntries(names.map((name) => [name, content])));
});

describe.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s', (signal, status) => {
  test.each(['writing files', 'checking'])('while %s', async (phase) => {
    const output = join(folder, `${signal}-${phase}`);
    await mkdir(output);
    // Read back, too: there is enough to do until the signal has come.
    const found = await storeimg(['build', '--audit', '-o', join(output, 'image'), archive], {
      when: { says: phase, act: (kill) => kill(signal) },
    });
    expect({ status: found.status, stdout: found.stdout.toString() }).toEqual({ status, stdout: '' });
    expect(await readdir(output)).toEqual([]);
  });
});

test('SIGINT while standard input has nothing more', async () => {
  const program = join(import.meta.dirname, '../../bin/storeimg.js');
  const child = spawn(process.execPath, [program, 'build', '-', '-o', join(folder, 'image')]);
  const closed = once(child, 'close');
  try {
    child.stdin.write('the beginning of');
    const open = `/proc/${child.pid}/fd`;
    const target = (descriptor: string) => readlink(join(open, descriptor)).catch(() => '');
    // What has come so far is in a file without a name.
    await expect
      .poll(async () => (await Promise.all((await readdir(open)).map(target))).join())
      .toContain('image.storeimg-');
    child.kill('SIGINT');
    expect(await closed).toEqual([130, null]);
  } finally {
    child.kill('SIGKILL');
  }
});
