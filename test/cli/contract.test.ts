/** The words of the command line, as the documents promise them. */

import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/folder.ts';
import { outcome, run } from '../fixtures/process.ts';
import { kinds, manifestOf } from '../fixtures/small-closures.ts';
import { packTree } from '../fixtures/tree.ts';
import { environment } from '../oracles/native.ts';
import { build, storeimg } from './storeimg.ts';

const folder = temporaryFolder();
const archive = join(folder, 'small.tar');
const manifest = join(folder, 'closure-small');

beforeAll(async () => {
  await packTree(folder, 'small', kinds);
  await writeFile(manifest, manifestOf(kinds));
});

describe('build', () => {
  test('--json: one object, as documented', async () => {
    const image = join(folder, 'json.img');
    const report = await build(image, [archive, '--manifest', manifest, '--label', 'LABEL']);
    const sha256 = createHash('sha256')
      .update(await readFile(image))
      .digest('hex');
    const number = expect.any(Number);
    expect(report).toEqual({
      storeimg: { version: '0.2.0', e2fsprogs: '1.47.2-3', wasmSha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      image: {
        path: image,
        bytes: (await readFile(image)).length,
        sha256,
        writtenBytes: (await readFile(image)).length,
        writtenSha256: sha256,
        blockSize: 4096,
        blocks: number,
        freeBlocks: number,
        inodes: number,
        freeInodes: number,
        label: 'LABEL',
        uuid: '44444444-4444-4444-8888-888888888888',
        features: expect.arrayContaining(['has_journal', 'extent', 'metadata_csum', '64bit']),
      },
      closure: { storePaths: 3, entries: number, contentBytes: number, missingReferences: [] },
      warnings: expect.any(Array),
      check: { clean: true, output: expect.stringContaining('non-contiguous') },
      seconds: { ...report.seconds, index: number, mkfs: number, populate: number, check: number, total: number },
    });
  });

  test('the superblock says what --json says', async () => {
    const image = join(folder, 'facts.img');
    const { image: facts } = await build(image, [archive]);
    const superblock = (await run('dumpe2fs', ['-h', image], { env: environment })).toString();
    const native = (field: string) => new RegExp(`^${field}: +(.*)$`, 'm').exec(superblock)![1];
    expect(facts).toMatchObject({
      blockSize: Number(native('Block size')),
      blocks: Number(native('Block count')),
      freeBlocks: Number(native('Free blocks')),
      inodes: Number(native('Inode count')),
      freeInodes: Number(native('Free inodes')),
      label: native('Filesystem volume name'),
      uuid: native('Filesystem UUID'),
    });
    expect([...facts.features].sort()).toEqual(native('Filesystem features')!.split(' ').sort());
  });

  test('fit: the headrooms are free, in whole MiB', async () => {
    const words = [archive, '--headroom', '5M', '--inode-headroom', '777'];
    const { image } = await build(join(folder, 'fit.img'), words);
    expect(image.freeBlocks * image.blockSize).toBeGreaterThanOrEqual(5 * 2 ** 20);
    expect(image.freeInodes).toBeGreaterThanOrEqual(777);
    expect(image.bytes % 2 ** 20).toBe(0);
  });

  test('the image is named after the archive unless -o says otherwise', async () => {
    const { status, stdout } = await storeimg(['build', '--quiet', archive]);
    expect({ status, stdout: stdout.toString() }).toEqual({ status: 0, stdout: expect.stringContaining('small.img') });
    expect((await readFile(join(folder, 'small.img'))).length).toBeGreaterThan(0);
  });

  test('-o -: the image on standard output, the summary beside it', async () => {
    const { status, stdout, stderr } = await storeimg(['build', '--quiet', '-o', '-', archive]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining('sha256') });
    await build(join(folder, 'file.img'), [archive]);
    expect(stdout.equals(await readFile(join(folder, 'file.img')))).toBe(true);
  });

  test('--no-sha256: no digest, the same bytes, and a block map all the same', async () => {
    const words = ['--no-sha256', '--bmap', archive];
    const { image } = await build(join(folder, 'unhashed.img'), words);
    expect(Object.keys(image).filter((key) => /sha256/i.test(key))).toEqual([]);
    await run('bmaptool', [
      'copy',
      '--bmap',
      `${join(folder, 'unhashed.img')}.bmap`,
      join(folder, 'unhashed.img'),
      '/dev/null',
    ]);
    await build(join(folder, 'hashed.img'), [archive]);
    await run('cmp', [join(folder, 'unhashed.img'), join(folder, 'hashed.img')]);
    const { stdout } = await storeimg(['build', '--quiet', '-o', join(folder, 'unhashed.img'), ...words]);
    expect(stdout.toString()).not.toMatch(/sha256/);
  });

  test('--threads: the same bytes by one and by many', async () => {
    const hashes = await Promise.all(
      ['1', '5'].map(
        async (threads) => (await build(join(folder, `${threads}.img`), ['--threads', threads, archive])).image,
      ),
    );
    expect(hashes[0].sha256).toBe(hashes[1].sha256);
    for (const threads of ['0', '65', 'many']) {
      const { status, stderr } = await storeimg(['build', archive, '--threads', threads]);
      expect([status, stderr]).toEqual([2, 'storeimg: --threads wants a number from 1 to 64: see storeimg --help.\n']);
    }
  });

  test('progress goes to standard error, a line whenever the phase changes', async () => {
    const { stderr } = await storeimg(['build', '-o', join(folder, 'progress.img'), archive]);
    expect(stderr.split('\n')).toEqual(
      expect.arrayContaining(['reading the archive', 'making the filesystem', 'writing files', 'checking with e2fsck']),
    );
  });
});

test('inspect: what is in the archive', async () => {
  const { status, stdout } = await storeimg(['inspect', '--quiet', archive, '--manifest', manifest]);
  expect(status).toBe(0);
  for (const line of manifestOf(kinds).match(/^\/nix\/store\/.+/gm)!) expect(stdout.toString()).toContain(line);
});

test('--manifest -: from standard input, which can only be read once', async () => {
  const program = join(import.meta.dirname, '../../bin/storeimg.js');
  const inspect = (command: string) => outcome('sh', ['-c', command, program, archive, manifest]);
  const piped = await inspect('cat "$2" | node "$0" inspect --quiet --json "$1" --manifest -');
  const named = await storeimg(['inspect', '--quiet', '--json', archive, '--manifest', manifest]);
  expect(JSON.parse(piped.stdout.toString()).storePaths).toEqual(JSON.parse(named.stdout.toString()).storePaths);
  const empty = await inspect('node "$0" inspect --quiet "$1" --manifest - < /dev/null');
  expect(empty).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('Standard input, line 1: the file is empty'),
  });
  const twice = await inspect('node "$0" inspect --quiet - --manifest - < "$1"');
  expect(twice).toMatchObject({ status: 2, stderr: expect.stringContaining('can only be read once') });
});

test.each(['inspect', 'plan'])('%s: who reads no further hears no complaint', async (command) => {
  const program = join(import.meta.dirname, '../../bin/storeimg.js');
  const found = await outcome('sh', ['-c', 'node "$0" "$1" --quiet "$2" | :', program, command, archive]);
  expect(found.stderr).toBe('');
});

test('check: e2fsck and the facts', async () => {
  const image = join(folder, 'checked.img');
  await build(image, [archive]);
  const { status, stdout } = await storeimg(['check', image]);
  expect({ status, stdout: stdout.toString() }).toEqual({ status: 0, stdout: expect.stringContaining('NIXOS') });

  await run('debugfs', ['-w', '-R', 'sif /nix links_count 9', image], { env: environment });
  expect(await storeimg(['check', image])).toMatchObject({ status: 1 });
});

test('--help names every option, --version the sources', async () => {
  const help = await storeimg(['--help']);
  expect(help).toMatchObject({ status: 0, stderr: '' });
  for (const word of ['build', 'plan', 'inspect', 'check', '--manifest', '--profile', '--no-check', '--json'])
    expect(help.stdout.toString()).toContain(word);
  const version = await storeimg(['--version']);
  expect(version.stdout.toString()).toBe('storeimg 0.2.0 (e2fsprogs 1.47.2-3)\n');
});

test.each([[[]], [['bild', 'x.tar']]])('%j: usage', async (words) => {
  const { status, stderr } = await storeimg(words);
  expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('storeimg --help') });
});
