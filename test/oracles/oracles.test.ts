/** The oracles see what they are there to see. */
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/folder.ts';
import { run } from '../fixtures/process.ts';
import { directory, file, hardLinkTo, symlinkTo, writeTree } from '../fixtures/tree.ts';
import { mountAndCompare } from './kernel.ts';
import { compareBytes, environment, fsck, readFromImage } from './native.ts';
import { loadDb, registration } from './nix.ts';

const folder = temporaryFolder();
const tree = join(folder, 'tree');
const image = join(folder, 'image');
const expectation = { time: 1, gid: 0, links: 'keep', holds: () => true } as const;

/** Runs debugfs commands on a copy of the image. */
async function changed(...commands: string[]): Promise<string> {
  const copy = join(folder, 'changed');
  await copyFile(image, copy);
  await stopped('debugfs', ['-w', '-f', '-', copy], commands.join('\n'));
  return copy;
}

const stopped = (program: string, args: string[], input = '') =>
  run('faketime', ['-f', '1970-01-01 00:00:01', program, ...args], { env: environment, input });

beforeAll(async () => {
  await mkdir(tree);
  await writeTree(tree, {
    dir: directory(0o755),
    'dir/file': file('content', 0o644),
    'dir/link': symlinkTo('file'),
    'dir/same': hardLinkTo('dir/file'),
  });
  await writeFile(join(folder, 'other'), 'Content');
  await stopped('mke2fs', ['-q', '-t', 'ext4', image, '8M']);
  await stopped(
    'debugfs',
    ['-w', '-f', '-', image],
    [
      'mkdir dir',
      'cd dir',
      `write ${tree}/dir/file file`,
      'symlink link file',
      'ln file same',
      'sif same links_count 2',
    ].join('\n'),
  );
});

describe('the kernel', () => {
  test('finds nothing where nothing is different', async () => {
    expect(await mountAndCompare(image, tree, expectation)).toEqual([]);
  });

  test.each([
    [['rm dir/link'], ['"dir/link" is missing']],
    [['mkdir dir/more'], ['"dir/more" is too much']],
    [['sif dir mode 040700'], ['"dir": mode is "700", not "755"']],
    [['sif dir/link uid 7'], ['"dir/link": uid is 7, not 0']],
    [['sif dir gid 30000'], ['"dir": gid is 30000, not 0']],
    [['sif dir/link mtime 2'], ['"dir/link": times is [1,2,1,1], not [1,1,1,1]']],
    [['rm dir/link', 'symlink dir/link File'], ['"dir/link": target is "File", not "file"']],
    [
      ['rm dir/link', 'cd dir', 'write /dev/null link'],
      [expect.stringMatching('type'), expect.anything(), expect.anything(), expect.anything(), expect.anything()],
    ],
  ])('sees %j', async (commands, differences) => {
    expect(await mountAndCompare(await changed(...commands), tree, expectation)).toEqual(differences);
  });

  test('sees other content, and a link that became a copy', async () => {
    const copy = await changed('cd dir', 'rm same', `write ${folder}/other same`);
    const differences = await mountAndCompare(copy, tree, expectation);
    expect(differences).toEqual([expect.stringMatching('same": sha256'), expect.stringMatching('same": sameAs')]);
  });
});

test('fsck tells clean from damaged', async () => {
  await fsck(image);
  await expect(fsck(await changed('sif dir links_count 9'))).rejects.toThrow('ref count is 9, should be 2');
});

test('compareBytes tells same from different', async () => {
  const copy = await changed();
  expect(await compareBytes(image, image)).toBe('');
  await writeFile(copy, 'x', { flag: 'a' });
  expect(await compareBytes(image, copy)).toMatch('EOF');
});

test('readFromImage gives the bytes', async () => {
  expect((await readFromImage(image, '/dir/file')).toString()).toBe('content');
});

describe('Nix', () => {
  const path = (letter: string) => `/nix/store/${letter.repeat(32)}-${letter}`;
  const closure = join(folder, 'closure');

  test('takes a registration and gives it back; refuses one that lacks a reference', async () => {
    const nix = join(folder, 'nix');
    await mkdir(join(nix, 'store'), { recursive: true });
    await writeFile(closure, `${path('b')}\n\n2\n${path('a')}\n${path('b')}\n${path('a')}\n\n0\n`);
    const text = await registration([closure]);
    const record = (of: string, ...references: string[]) =>
      [of, '0'.repeat(64), '0', '', `${references.length}`, ...references, ''].join('\n');
    expect(text.toString()).toBe(record(path('a')) + record(path('b'), path('a'), path('b')));
    const zero = { hash: '0'.repeat(64), narSize: 0 };
    expect(Object.fromEntries(await loadDb(nix, text))).toEqual({
      [path('a')]: { ...zero, references: [] },
      [path('b')]: { ...zero, references: [path('a'), path('b')] },
    });
    await expect(loadDb(nix, Buffer.from(record(path('b'), path('a'))))).rejects.toThrow('is not valid');
  });
});
