/** Whatever is wrong with the input is said in one sentence, and nothing is left behind. */
import { mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/folder.ts';
import { everyKind, manifestOf, tiny } from '../fixtures/small-closures.ts';
import { file, packTree, type Tree } from '../fixtures/tree.ts';
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

beforeAll(async () => {
  await mkdir(output);
  await packed('closure', { ...tiny, [`${storePath}-2`]: file('x'.repeat(100_000)) });
  await packed('fifo', { ...tiny, 'nix/store/fifo': { type: 'fifo' } });
  await packed('etc', { 'etc/passwd': file(), README: file() });
  await writeFile(at('empty.tar'), '');
  await writeFile(at('text.tar'), 'This is no archive.\n'.repeat(100));
  await cutOff('header.tar', 700);
  await cutOff('content.tar', (await readFile(at('closure.tar'))).indexOf('xxxx') + 50_000);
  await writeFile(at('closure-more'), manifestOf({ ...tiny, ...everyKind }));
  await writeFile(at('closure-cut'), manifestOf(tiny).slice(0, -3));
  await writeFile(at('closure-good'), manifestOf(tiny));
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
  ['a label over 16 bytes of UTF-8', [at('closure.tar'), '--label', 'ääääääääa'], /17 bytes of UTF-8.*at most 16/, 2],
  ['a bad UUID', [at('closure.tar'), '--uuid', '4444-44'], /“4444-44” is not a UUID/, 2],
  ['a bad number', [at('closure.tar'), '--gid=-1'], /--gid takes a whole number/, 2],
  ['a value that is missing', [at('closure.tar'), '--gid', '--json'], /--gid.*see storeimg --help/, 2],
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

test('check: not an image', async () => {
  const { status, stderr } = await storeimg(['check', at('text.tar')]);
  expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(/text\.tar is not an ext4 image/) });
});
