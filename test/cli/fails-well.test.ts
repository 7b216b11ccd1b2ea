/** Whatever is wrong with the input is said in one sentence, and nothing is left behind. */
import { copyFile, mkdir, readdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/folder.ts';
import { run } from '../fixtures/process.ts';
import { everyKind, manifestOf, tiny } from '../fixtures/small-closures.ts';
import { file, packTree, type Tree } from '../fixtures/tree.ts';
import { compareBytes } from '../oracles/native.ts';
import { storeimg } from './storeimg.ts';

const folder = temporaryFolder();
const output = join(folder, 'output');
const at = (name: string) => join(folder, name);

const packed = (name: string, tree: Tree) => packTree(folder, name, tree);

/** The first bytes of an archive; what is missing then is the rest. */
async function cutOff(name: string, length: number): Promise<void> {
  await writeFile(at(name), await readFile(at('closure.tar')));
  await truncate(at(name), length);
}

const [storePath] = Object.keys(tiny);
const otherPath = (letter: string) => `/nix/store/${letter.repeat(32)}-other`;

beforeAll(async () => {
  await mkdir(output);
  await packed('closure', { ...tiny, [`${storePath}-2`]: file('x'.repeat(100_000)) });
  await packed('fifo', { ...tiny, 'nix/store/fifo': { type: 'fifo' } });
  await packed('etc', { 'etc/passwd': file(), README: file() });
  await writeFile(at('empty.tar'), '');
  await symlink('loop', at('loop'));
  await writeFile(at('text.tar'), 'This is no archive.\n'.repeat(100));
  await cutOff('header.tar', 700);
  await cutOff('content.tar', (await readFile(at('closure.tar'))).indexOf('xxxx') + 50_000);
  await writeFile(at('closure-more'), manifestOf({ ...tiny, ...everyKind }));
  await writeFile(at('closure-cut'), manifestOf(tiny).slice(0, -3));
  await writeFile(at('closure-good'), manifestOf(tiny));
  await packed(
    'three',
    Object.fromEntries(['a', 'b', 'c'].map((letter) => [otherPath(letter).slice(1), file(letter)])),
  );
  await writeFile(
    at('closure-circle'),
    `${otherPath('a')}\n\n1\n${otherPath('b')}\n${otherPath('b')}\n\n2\n${otherPath('a')}\n${otherPath('d')}\n`,
  );
});

/** Without the archive's name a case takes `closure.tar`, which is sound. */
const CASES: [what: string, words: string[], sentence: RegExp, status?: number][] = [
  ['no file', [at('missing.tar')], /missing\.tar/],
  ['a folder', [folder], /folder|directory|regular file/],
  ['0 bytes', [at('empty.tar')], /empty\.tar is empty \(0 bytes\)/],
  ['not a tar', [at('text.tar')], /text\.tar is not a tar archive/],
  ['a tar cut off in a header', [at('header.tar')], /header\.tar ends in the middle/],
  ['a tar cut off in a content', [at('content.tar')], /content\.tar ends in the middle of .*hello-2.* at offset \d+/],
  ['a tar without a store path', [at('etc.tar')], /etc\.tar holds no store path.*“README”, “etc”/],
  ['an unknown entry type', [at('fifo.tar')], /nix\/store\/fifo.* at offset \d+ is a (FIFO|named pipe)/i],
  ['a manifest that names more', [at('closure.tar'), '--manifest', at('closure-more')], /closure-more names .*lacks/],
  [
    'a manifest that is cut off',
    [at('closure.tar'), '--manifest', at('closure-cut')],
    /closure-cut, line \d+: .*cut off/,
  ],
  ['no such manifest', [at('closure.tar'), '--manifest', at('closure-none')], /closure-none/],
  ['original without a manifest', [at('closure.tar'), '--profile', 'original'], /needs a closure manifest/],
  [
    'an image too small for mke2fs',
    [at('closure.tar'), '--profile', 'original', '--manifest', at('closure-good'), '--size', '16K'],
    /image of 16384 bytes is too small/,
  ],
  [
    'an image too small for the contents',
    [at('closure.tar'), '--size', '256K'],
    /too small|ran full|give a larger --size/,
  ],
  ['an output that is a folder', [at('closure.tar'), '-o', folder], /can't be written \(.* is a directory\)/],
  ['an output that leads nowhere', [at('closure.tar'), '-o', at('loop')], /can't be written \(ELOOP/],
  ['an output that takes nothing', [at('closure.tar'), '-o', '/dev/full'], /storage is full \(ENOSPC/],
  ['a label over 16 bytes of UTF-8', [at('closure.tar'), '--label', 'ääääääääa'], /17 bytes of UTF-8.*at most 16/, 2],
  ['a bad UUID', [at('closure.tar'), '--uuid', '4444-44'], /“4444-44” is not a UUID/, 2],
  ['a bad number', [at('closure.tar'), '--gid=-1'], /--gid takes a whole number/, 2],
  ['a value that is missing', [at('closure.tar'), '--gid', '--sparse'], /--gid.*see storeimg --help/, 2],
  ['an unknown profile', [at('closure.tar'), '--profile', 'modern'], /--profile takes one of default, original/, 2],
  ['an unknown option', [at('closure.tar'), '--colour'], /--colour.*see storeimg --help/, 2],
  ['no archive', [], /archive is missing/i, 2],
];

describe.each(CASES)('%s', (_, words, sentence, status = 1) => {
  test('build', async () => {
    const image = join(output, 'image');
    const { stderr, stdout, ...found } = await storeimg(['build', '--quiet', '-o', image, ...words]);
    expect(stderr).toMatch(sentence);
    expect(stderr).toMatch(/^storeimg: .*\.\n$/); // One line, a sentence.
    expect(stderr).not.toMatch('itself failed');
    expect({ ...found, stdout: stdout.toString() }).toEqual({ status, stdout: '' });
    expect(await readdir(output)).toEqual([]);
  });

  test('build --json: the sentence on standard output, too', async () => {
    const found = await storeimg(['build', '--quiet', '--json', '-o', join(output, 'image'), ...words]);
    const { error } = JSON.parse(found.stdout.toString());
    expect(error).toMatch(sentence);
    expect({ status: found.status, stderr: found.stderr }).toEqual({ status, stderr: `storeimg: ${error}\n` });
  });
});

describe('--json of what fails', () => {
  test('every finding is told, as inspect tells it', async () => {
    const words = ['--quiet', '--json', at('three.tar'), '--manifest', at('closure-circle')];
    const built = await storeimg(['build', '-o', join(output, 'image'), ...words]);
    const { errors, warnings } = JSON.parse((await storeimg(['inspect', ...words])).stdout.toString());
    expect(errors).toEqual([expect.stringContaining('-other refers to it'), expect.stringContaining('go in a circle')]);
    expect(warnings[0]).toContain('in no manifest');
    expect(JSON.parse(built.stdout.toString())).toEqual({
      error: `${errors[0]} There is 1 more problem: storeimg inspect lists all.`,
      errors,
      warnings,
    });
    expect(built.status).toBe(1);
  });

  test.each([
    ['a build', ['build', at('etc.tar'), '-o', '-'], 1],
    ['words that are none', ['build', '--colour', '--output=-', at('closure.tar')], 2],
  ])('%s whose image goes to standard output: nothing is mixed into it', async (_, words, status) => {
    const found = await storeimg(['--json', '--quiet', ...words]);
    expect({ status: found.status, stdout: found.stdout.toString() }).toEqual({ status, stdout: '' });
    const [sentence, object] = found.stderr.trimEnd().split('\n');
    expect(sentence).toBe(`storeimg: ${JSON.parse(object!).error}`);
  });

  test.each(['inspect', 'check'])('%s', async (command) => {
    const { status, stdout, stderr } = await storeimg([command, '--json', '--quiet', at('text.tar')]);
    expect({ status, stderr }).toEqual({ status: 1, stderr: `storeimg: ${JSON.parse(stdout.toString()).error}\n` });
  });

  test('plan: its standard output is a script and nothing else', async () => {
    const { status, stdout } = await storeimg(['--json', '--label', 'build', 'plan', '--quiet', at('etc.tar')]);
    expect({ status, stdout: stdout.toString() }).toEqual({ status: 1, stdout: '' });
  });
});

test('an image that is there is replaced only by a whole one', async () => {
  const image = at('there.img');
  await writeFile(image, 'an older image');
  expect(await storeimg(['build', '--quiet', '-o', image, at('content.tar')])).toMatchObject({ status: 1 });
  expect(await readFile(image, 'utf8')).toBe('an older image');
  expect(await storeimg(['build', '--quiet', '-o', image, at('closure.tar')])).toMatchObject({ status: 0 });
  expect((await readFile(image)).readUInt16LE(1024 + 56)).toBe(0xef53);
});

describe.each(['inspect', 'plan'])('%s', (command) => {
  test('refuses what build refuses', async () => {
    const { status, stderr } = await storeimg([command, '--quiet', at('etc.tar')]);
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(/holds no store path.*\.\n$/) });
  });
});

test('an image is not written over what it is made of', async () => {
  const archive = at('own.tar');
  await copyFile(at('closure.tar'), archive);
  const { status, stderr } = await storeimg(['build', '--quiet', '-o', archive, archive]);
  expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(/own\.tar is read, so .*-o\.\n$/) });
  expect(await compareBytes(archive, at('closure.tar'))).toBe('');
});

test.each(['archive', 'firmware'])('a pipe in place of a file is not waited for: %s', async (what) => {
  const folder = at(`pipe-${what}`);
  await mkdir(folder);
  const pipe = join(folder, 'pipe');
  await run('mkfifo', [pipe]);
  const words = what === 'archive' ? [pipe] : [at('closure.tar'), '--disk', 'mbr', '--firmware', folder];
  const { status, stderr } = await storeimg(['build', '--quiet', '-o', at('pipe.img'), ...words]);
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: expect.stringMatching(/pipe can't be opened \(it is a pipe/),
  });
});

test('check: not an image', async () => {
  const { status, stderr } = await storeimg(['check', at('text.tar')]);
  expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(/text\.tar is not an ext4 image/) });
});
