import { describe, expect, test } from 'vitest';
import type { Entry } from '../../src/core/archive/entry.ts';
import { buildTree } from '../../src/core/archive/tree.ts';
import { bytesSource } from '../storage/bytes-source.ts';

const source = bytesSource('test.tar', new Uint8Array());
const entry = (path: string, type: Entry['type'] = 'file', target = ''): Entry => ({
  source,
  header: 512,
  path,
  type,
  mode: 0o644,
  uid: 0,
  gid: 0,
  offset: 1024,
  segments: undefined,
  size: 1,
  target,
});
const paths = (...entries: Entry[]) => buildTree(entries).nodes.map(({ path }) => path);
const refusal =
  (...entries: Entry[]) =>
  () =>
    buildTree(entries);

test('missing parents are made before their children', () => {
  const { nodes } = buildTree([entry('a/b/c')]);
  expect(nodes.map(({ path, name, inode }) => [path, name, inode.type, inode.source !== undefined])).toEqual([
    ['a', 'a', 'directory', false],
    ['a/b', 'b', 'directory', false],
    ['a/b/c', 'c', 'file', true],
  ]);
});

test('parents that come after their children keep what the archive says of them', () => {
  const { byPath } = buildTree([entry('a/b'), entry('a', 'directory')]);
  expect(byPath.get('a')!.inode).toMatchObject({ mode: 0o644, source });
  expect(paths(entry('a/b'), entry('a', 'directory'))).toEqual(['a', 'a/b']);
});

test('the root itself is no entry', () => {
  expect(paths(entry('', 'directory'), entry('a'))).toEqual(['a']);
});

test('of duplicates the last wins, with a warning; directories may be repeated', () => {
  const last = entry('a', 'symlink', 'x');
  const tree = buildTree([entry('a'), entry('d', 'directory'), last, entry('d', 'directory')]);
  expect(tree.byPath.get('a')!.inode).toBe(last);
  expect(tree.warnings).toEqual([expect.stringContaining('1 entries stand more than once')]);
});

describe('hard links', () => {
  test('to earlier and later entries, to links, to symbolic links share the inode', () => {
    const file = entry('file');
    const symlink = entry('symlink', 'symlink', 'file');
    const { byPath } = buildTree([
      entry('before', 'link', 'file'),
      file,
      entry('chain', 'link', 'before'),
      symlink,
      entry('s', 'link', 'symlink'),
    ]);
    expect([byPath.get('before')!.inode, byPath.get('chain')!.inode]).toEqual([file, file]);
    expect(byPath.get('s')!.inode).toBe(symlink);
  });
  test('refused: to nothing, to a directory, in a circle', () => {
    expect(refusal(entry('a', 'link', 'b'))).toThrow(
      '“a” at offset 512 is a hard link to something that the archive lacks',
    );
    expect(refusal(entry('d', 'directory'), entry('a', 'link', 'd'))).toThrow('is a hard link to a directory');
    expect(refusal(entry('a', 'link', 'b'), entry('b', 'link', 'a'))).toThrow('is a hard link in a circle');
  });
});

test('refused: an entry below a file or a symbolic link, in either order', () => {
  expect(refusal(entry('a'), entry('a/b'))).toThrow('“a/b” at offset 512 lies below a file');
  expect(refusal(entry('a/b'), entry('a', 'symlink', '/etc'))).toThrow('lies below a symbolic link');
});
