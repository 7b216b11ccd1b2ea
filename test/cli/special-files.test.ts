/** Outputs and inputs that are no regular files: links, pipes, devices, standard output under another name. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, readlink, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/folder.ts';
import { run } from '../fixtures/process.ts';
import { kinds, manifestOf } from '../fixtures/small-closures.ts';
import { packTree } from '../fixtures/tree.ts';
import { build, storeimg } from './storeimg.ts';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const program = join(import.meta.dirname, '../../bin/storeimg.js');
let image: Buffer;

beforeAll(async () => {
  await packTree(folder, 'kinds', kinds);
  await build(at('image'), [at('kinds.tar')]);
  image = await readFile(at('image'));
});

/** Starts a build whose output nobody takes; fulfilled when it waits for that, or has ended. */
async function startWaiting(...words: string[]) {
  const child = spawn(process.execPath, [program, 'build', ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'exit');
  let said = '';
  await new Promise<void>((resolve) => {
    child.stderr.on('data', (piece) => {
      said += piece;
      if (said.includes('checking')) resolve();
    });
    child.once('exit', () => resolve());
  });
  // Time enough for it to end, if nobody were waited for.
  await Promise.race([ended, sleep(2000)]);
  return { child, ended };
}

test('a symbolic link stays one, and what it leads to is made', async () => {
  await mkdir(at('below'));
  await symlink('below/target.img', at('link.img'));
  for (const _ of ['missing', 'there']) {
    await build(at('link.img'), [at('kinds.tar')]);
    expect(await readlink(at('link.img'))).toBe('below/target.img');
    expect(image.equals(await readFile(at('below/target.img')))).toBe(true);
  }
});

test('/dev/stdout is standard output: the image alone', async () => {
  const { stdout } = await storeimg(['build', '--quiet', at('kinds.tar'), '-o', '/dev/stdout']);
  expect(image.equals(stdout)).toBe(true);
});

test('standard output, a FIFO and a device need no room for temporary files', async () => {
  const nowhere = { env: { TMPDIR: '/proc/none' } };
  const { stdout } = await storeimg(['build', '--quiet', at('kinds.tar'), '-o', '-'], nowhere);
  expect(image.equals(stdout)).toBe(true);
  await run('mkfifo', [at('through')]);
  const copied = run('cp', [at('through'), at('from-fifo')]);
  expect((await storeimg(['build', '--quiet', at('kinds.tar'), '-o', at('through')], nowhere)).status).toBe(0);
  await copied;
  await run('cmp', [at('from-fifo'), at('image')]);
});

test('a FIFO waits for its reader, however small the image', async () => {
  await run('mkfifo', [at('slow')]);
  const { ended } = await startWaiting(at('kinds.tar'), '-o', at('slow'), '--compress', 'zstd');
  await build(at('quick'), [at('kinds.tar'), '--compress', 'zstd']);
  expect((await readFile(at('slow'))).equals(await readFile(at('quick')))).toBe(true);
  expect(await ended).toEqual([0, null]);
});

test('SIGINT while a FIFO has no reader', async () => {
  await run('mkfifo', [at('unread')]);
  const { child, ended } = await startWaiting(at('kinds.tar'), '-o', at('unread'));
  child.kill('SIGINT');
  expect(await ended).toEqual([130, null]);
});

test('SIGINT while the manifest is a FIFO without a writer', async () => {
  await run('mkfifo', [at('unwritten')]);
  const words = ['build', at('kinds.tar'), '-o', at('never'), '--manifest', at('unwritten')];
  const child = spawn(process.execPath, [program, ...words], { stdio: 'ignore' });
  const open = `/proc/${child.pid}/fd`;
  const target = (descriptor: string) => readlink(join(open, descriptor)).catch(() => '');
  await expect
    .poll(async () => Promise.all((await readdir(open)).map(target)), { timeout: 30_000 })
    .toContain(at('unwritten'));
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([130, null]);
});

test('a FIFO whose reader goes away is refused', async () => {
  await run('mkfifo', [at('short')]);
  const reader = spawn('head', ['-c', '10', at('short')], { stdio: 'ignore' });
  const { status, stderr } = await storeimg(['build', '--quiet', at('kinds.tar'), '-o', at('short')]);
  expect([status, stderr]).toEqual([
    1,
    expect.stringMatching(/^storeimg: The image can't be written \(.*EPIPE.*\)\.\n$/),
  ]);
  reader.kill();
});

test('a manifest may come from a pipe', async () => {
  await writeFile(at('manifest'), manifestOf(kinds));
  const script = `exec "$0" "$1" build --quiet "$2" -o "$3" --manifest <(cat "$4")`;
  await run('bash', ['-c', script, process.execPath, program, at('kinds.tar'), at('piped'), at('manifest')]);
  await build(at('plain'), [at('kinds.tar'), '--manifest', at('manifest')]);
  await run('cmp', [at('piped'), at('plain')]);
});

test('a device that is too small is refused before it is written to; a large one can be checked', async () => {
  await writeFile(at('disk'), '');
  await truncate(at('disk'), 2 ** 20);
  const attached = await run('losetup', ['--find', '--show', at('disk')]);
  const device = attached.toString().trim();
  try {
    const { status, stderr } = await storeimg(['build', '--quiet', at('kinds.tar'), '-o', device]);
    expect([status, stderr]).toEqual([1, expect.stringContaining(`${device} has 1.0 MiB and the image `)]);
    expect((await readFile(at('disk'))).every((byte) => byte === 0)).toBe(true);

    await truncate(at('disk'), 64 * 2 ** 20);
    await run('losetup', ['--set-capacity', device]);
    await build(device, [at('kinds.tar'), '--audit']);
    await run('cmp', ['-n', String(image.length), device, at('image')]);
    const { stdout } = await storeimg(['check', device]);
    expect(stdout.toString()).toMatch(/^label NIXOS$/m);
  } finally {
    await run('losetup', ['--detach', device]);
  }
});

test.each([['build', '--quiet', at('kinds.tar'), '-o', '-'], ['plan', '--quiet', at('kinds.tar')], ['--help']])(
  'standard output on a full disk is a sentence: %s',
  async (...words) => {
    const script = 'exec "$@" >/dev/full';
    const child = spawn('bash', ['-c', script, '', process.execPath, program, ...words], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (piece) => {
      stderr += piece;
    });
    const [status] = await once(child, 'close');
    expect([status, stderr]).toEqual([1, expect.stringMatching(/^storeimg: The storage is full \(.*\n$/)]);
  },
);

test('who hears no more of progress has the image all the same', async () => {
  const script = '{ "$@" 2>&1 >/dev/null; echo $? > "$0"; } | head -c 1';
  await run('bash', [
    '-c',
    script,
    at('status'),
    process.execPath,
    program,
    'build',
    at('kinds.tar'),
    '-o',
    at('deaf'),
  ]);
  expect(await readFile(at('status'), 'utf8')).toBe('0\n');
  expect(image.equals(await readFile(at('deaf')))).toBe(true);
});

test('an image whose name is as long as names can be', async () => {
  const name = `${'n'.repeat(251)}.img`;
  await build(at(name), [at('kinds.tar')]);
  expect(image.equals(await readFile(at(name)))).toBe(true);
});
