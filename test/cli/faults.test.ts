/** What can go wrong around a build: the disk, the archive, the process itself. */
import { appendFileSync, writeFileSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/folder.ts';
import { outcome, run } from '../fixtures/process.ts';
import { tiny } from '../fixtures/small-closures.ts';
import { file, packTree } from '../fixtures/tree.ts';
import { build, storeimg } from './storeimg.ts';

const folder = temporaryFolder();
const archive = join(folder, 'store.tar');
const [storePath] = Object.keys(tiny);

beforeAll(async () => {
  await packTree(folder, 'store', {
    ...tiny,
    [`${storePath}-2`]: file('some text that is no zeros. '.repeat(6_000_000)),
  });
});

describe('disk full: one sentence, nothing half-made', () => {
  const program = join(import.meta.dirname, '../../bin/storeimg.js');
  const onDisk = async (size: string, given: string, after: string, words = '--quiet') => {
    const script = `set -e; mount -t tmpfs -o size="$4" tmpfs "$1"; cd "$1"; set +e
node "$2" build "$3" -o image $5; echo "status $?"; ${after}; umount -l "$1"`;
    const disk = join(folder, 'disk');
    await mkdir(disk, { recursive: true });
    const args = ['--mount', 'sh', '-c', script, 'sh', disk, program, given, size, words];
    const { stdout, stderr } = await outcome('unshare', args);
    return { stdout: stdout.toString(), stderr };
  };
  const refusedOnDisk = async (size: string, given: string) => {
    const { stdout, stderr } = await onDisk(size, given, 'ls -A; df --output=used . | tail -1');
    expect(stdout).toMatch(/^status 1\n +0\n$/);
    return stderr;
  };

  test('of the image', async () => {
    expect(await refusedOnDisk('64M', archive)).toMatch(
      /^storeimg: The storage is full \(.*\): free some space and build again\.\n$/,
    );
  });

  test('of the image that a compressed archive expands to', async () => {
    await run('zstd', ['-q', '-f', archive]);
    expect(await refusedOnDisk('64M', `${archive}.zst`)).toMatch(
      /^storeimg: The storage is full \(.*\): free some space and build again\.\n$/,
    );
  });

  test('of both, but not of the image alone: the archive is expanded a second time', async () => {
    await run('zstd', ['-q', '-f', archive]);
    const plain = join(folder, 'plain.img');
    await build(plain, [archive]);
    const { stdout } = await onDisk('240M', `${archive}.zst`, `cmp image '${plain}' && ls -A`, '');
    expect(stdout).toContain('There was no room for the image and what is in the compressed archive at once');
    expect(stdout).toMatch(/\nstatus 0\nimage\n$/);
  });

  test('of what is in the archive, of which the image needs little', async () => {
    const tree = { ...tiny, [`${storePath}-2`]: file('\0'.repeat(160_000_000)) };
    const zeros = await packTree(folder, 'zeros', tree);
    const plain = join(folder, 'zeros.img');
    await build(plain, [zeros]);
    await run('gzip', ['-1', zeros]);
    const { stdout, stderr } = await onDisk('64M', `${zeros}.gz`, `cmp image '${plain}' && ls -A`, '--sparse --quiet');
    expect(stderr).toBe('');
    expect(stdout).toMatch(/\nstatus 0\nimage\n$/);
  });
});

test('the archive is written to while it is read', async () => {
  const changing = join(folder, 'changing.tar');
  await copyFile(archive, changing);
  const { status, stderr } = await storeimg(['build', changing, '-o', join(folder, 'changed.img')], {
    when: { says: 'reading the archive', act: () => appendFileSync(changing, Buffer.alloc(512)) },
  });
  expect(status).toBe(1);
  expect(stderr).toContain('changing.tar can’t be read any more (it was changed meanwhile)'.replace('’', "'"));
  expect((await readdir(folder)).filter((name) => name.includes('changed'))).toEqual([]);
});

test('the archive becomes shorter while it is read', async () => {
  const shrinking = join(folder, 'shrinking.tar');
  await copyFile(archive, shrinking);
  const { status, stderr } = await storeimg(['build', shrinking, '-o', join(folder, 'shrunk.img')], {
    when: { says: 'reading the archive', act: () => writeFileSync(shrinking, '') },
  });
  expect(status).toBe(1);
  expect(stderr).toMatch(/shrinking\.tar can't be read any more/);
  expect((await readdir(folder)).filter((name) => name.includes('shrunk'))).toEqual([]);
});

test('SIGKILL leaves no image; what it left the next build removes, but not what another build is making', async () => {
  const image = join(folder, 'killed.img');
  // Read back, too: there is enough to do until the signal has come.
  const { status } = await storeimg(['build', '--audit', archive, '-o', image], {
    when: { says: 'writing the image', act: (kill) => kill('SIGKILL') },
  });
  expect(status).toBe('SIGKILL');
  const left = async () => (await readdir(folder)).filter((name) => name.includes('killed'));
  const [partial, ...more] = await left();
  expect([partial, more]).toEqual([expect.stringMatching(/^\.killed\.img\.storeimg-\d+-\d+$/), []]);
  const living = partial!.replace(/-\d+-/, `-${process.pid}-`);
  // Another container's: its numbers of processes say nothing here.
  const elsewhere = partial!.replace(/\d+$/, '1');
  for (const name of [living, elsewhere]) await writeFile(join(folder, name), 'somebody else');
  await build(image, [archive]);
  expect((await left()).sort()).toEqual([living, elsewhere, 'killed.img'].sort());
});

test('standard output gets the finished image, and nothing when it fails', async () => {
  const { stdout, status } = await storeimg(['build', archive, '-o', '-', '--quiet']);
  expect(status).toBe(0);
  await build(join(folder, 'file.img'), [archive]);
  expect(stdout.equals(await readFile(join(folder, 'file.img')))).toBe(true);
  const failed = await storeimg(['build', archive, '-o', '-', '--quiet', '--size', '64M']);
  expect(failed).toMatchObject({ status: 1 });
  expect(failed.stdout).toHaveLength(0);
});

test('a FIFO gets the finished image', async () => {
  const fifo = join(folder, 'fifo');
  await run('mkfifo', [fifo]);
  const reader = run('sha256sum', [fifo]);
  const { image } = await build(fifo, [archive]);
  expect((await reader).toString()).toContain(image.sha256);
});
