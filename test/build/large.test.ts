/** Beyond 32 bits, and beyond what an inode counts. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, closeSync, mkdirSync, openSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { build } from '../cli/storeimg.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { run } from '../fixtures/process.ts';
import { fsck } from '../oracles/native.ts';

const folder = temporaryFolder();
const GIB = 2 ** 30;
const STORE_PATH = `nix/store/${'a'.repeat(32)}-large`;

const debugfs = async (image: string, request: string) =>
  (await run('wasm/native/debugfs', ['-R', request, image])).toString();

/** Bytes here and there in a sparse file. */
function scatter(path: string, pieces: readonly (readonly [at: number, text: string])[]): void {
  const file = openSync(path, 'r+');
  for (const [at, text] of pieces) writeSync(file, text, at);
  closeSync(file);
}

describe('a file of 5 GiB in an archive beyond 4 GiB', () => {
  const archive = join(folder, 'five.tar');
  const image = join(folder, 'five.img');
  const size = 5 * GIB + 12_345;
  const pieces = [
    [0, 'first'],
    [2 * GIB - 3, 'across 2 GiB'],
    [4 * GIB - 3, 'across 4 GiB'],
    [size - 4, 'last'],
  ] as const;

  test('is written whole', async () => {
    // GNU tar writes the header; the content is a hole of this file, so that no disk is needed for 5 GiB of zeros.
    const tree = join(folder, 'five');
    mkdirSync(join(tree, STORE_PATH), { recursive: true });
    const file = join(tree, STORE_PATH, 'five');
    writeFileSync(file, '');
    truncateSync(file, size);
    const header = execFileSync('sh', ['-c', `tar -c -C "$1" "$2" | head -c 512`, 'sh', tree, `${STORE_PATH}/five`]);
    writeFileSync(archive, header);
    truncateSync(archive, Math.ceil((512 + size) / 512) * 512);
    scatter(
      archive,
      pieces.map(([at, text]) => [512 + at, text]),
    );
    const small = join(tree, STORE_PATH, 'behind');
    writeFileSync(small, 'behind 5 GiB');
    appendFileSync(archive, execFileSync('tar', ['-c', '-C', tree, `${STORE_PATH}/behind`]));

    const { closure } = await build(image, [archive, '--registration', 'none']);
    expect(closure.contentBytes).toBe(size + 12);
    await fsck(image);
    scatter(file, pieces);
    const sha256 = (await run('sha256sum', [file])).toString().slice(0, 64);
    const read = execFileSync('sh', [
      '-c',
      `wasm/native/debugfs -R "cat /$1/five" "$2" 2>/dev/null | sha256sum`,
      'sh',
      STORE_PATH,
      image,
    ]);
    expect(read.toString().slice(0, 64)).toBe(sha256);
    expect(await debugfs(image, `cat /${STORE_PATH}/behind`)).toBe('behind 5 GiB');
  });
});

test('a sparse file of 20 GiB keeps its holes and costs no blocks', async () => {
  const tree = join(folder, 'sparse');
  mkdirSync(join(tree, STORE_PATH), { recursive: true });
  const file = join(tree, STORE_PATH, 'sparse');
  writeFileSync(file, '');
  truncateSync(file, 20 * GIB);
  scatter(file, [
    [7 * GIB + 1, 'in the middle'],
    [20 * GIB - 3, 'end'],
  ]);
  const archive = join(folder, 'sparse.tar');
  execFileSync('tar', ['-c', '-S', '-f', archive, '-C', tree, 'nix']);
  const image = join(folder, 'sparse.img');
  // Hashing 20 GiB of zeros is another matter: that NAR has them all.
  const { image: facts } = await build(image, [archive, '--registration', 'none', '--audit']);
  expect(facts.bytes).toBeLessThan(64 * 2 ** 20);
  await fsck(image);
  const stat = await debugfs(image, `stat /${STORE_PATH}/sparse`);
  expect(stat).toContain(`Size: ${20 * GIB}`);
  expect(stat).toContain('Blockcount: 16');
  const middle = execFileSync('sh', [
    '-c',
    `wasm/native/debugfs -R "cat /$1/sparse" "$2" 2>/dev/null | tail -c +${7 * GIB + 2} | head -c 13`,
    'sh',
    STORE_PATH,
    image,
  ]);
  expect(middle.toString()).toBe('in the middle');
});

test('more than 65,000 links and 64,998 subdirectories', async () => {
  const count = 65_010;
  const tree = join(folder, 'links');
  const root = join(tree, STORE_PATH);
  mkdirSync(join(root, 'directories'), { recursive: true });
  mkdirSync(join(root, 'links'));
  execFileSync('sh', ['-c', `cd "$1" && seq ${count} | xargs mkdir`, 'sh', join(root, 'directories')]);
  // The machine's own filesystem takes 65,000 links at most: the rest are links in the archive alone.
  const archive = join(folder, 'links.tar');
  writeFileSync(join(root, 'links', 'file'), 'linked');
  const script = `
import sys, tarfile
with tarfile.open(sys.argv[1], 'w') as archive:
    archive.add(sys.argv[2], 'nix')
    for number in range(${count}):
        link = tarfile.TarInfo('${STORE_PATH}/links/%d' % number)
        link.type, link.linkname, link.mode = tarfile.LNKTYPE, '${STORE_PATH}/links/file', 0o444
        archive.addfile(link)
`;
  execFileSync('python3', ['-c', script, archive, join(tree, 'nix')]);
  const image = join(folder, 'links.img');
  await build(image, [archive]);
  await fsck(image);
  expect(await debugfs(image, `stat /${STORE_PATH}/directories`)).toMatch(/Links: 1 /);
  expect(await debugfs(image, `stat /${STORE_PATH}/links/file`)).toMatch(/Links: 65000 /);
  expect(await debugfs(image, `stat /${STORE_PATH}/links/${count - 1}`)).toMatch(/Links: 11 /);
});
