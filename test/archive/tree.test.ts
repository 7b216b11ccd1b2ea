import { describe, expect, test } from 'vitest';
import type { Entry, NamedEntry } from '../../src/core/archive/entry.ts';
import { buildTree, findNode } from '../../src/core/archive/tree.ts';
import { bytesSource } from '../storage/bytes-source.ts';

const source = bytesSource('test.tar', new Uint8Array());
const entry = (path: string, type: Entry['type'] = 'file', target = ''): NamedEntry => ({
  path,
  header: 512,
  inode: { source, type, mode: 0o644, uid: 0, gid: 0, offset: 1024, segments: undefined, size: 1, target },
});
const paths = (...entries: NamedEntry[]) => buildTree(entries).nodes.map(({ path }) => path);
const refusal =
  (...entries: NamedEntry[]) =>
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
  const tree = buildTree([entry('a/b'), entry('a', 'directory')]);
  expect(findNode(tree, 'a')!.inode).toMatchObject({ mode: 0o644, source });
  expect(paths(entry('a/b'), entry('a', 'directory'))).toEqual(['a', 'a/b']);
});

test('the root itself is no entry', () => {
  expect(paths(entry('', 'directory'), entry('a'))).toEqual(['a']);
});

test('of duplicates the last wins, with a warning; directories may be repeated', () => {
  const last = entry('a', 'symlink', 'x');
  const tree = buildTree([entry('a'), entry('d', 'directory'), last, entry('d', 'directory')]);
  expect(findNode(tree, 'a')!.inode).toBe(last.inode);
  expect(tree.warnings).toEqual(['“a” is in the archive more than once: the last was taken.']);
});

test.each(['file', 'symlink'] as const)('a later archive’s %s replaces a directory that no entry names', (type) => {
  const later = entry('boot/old', type, 'x');
  const other = { ...later, inode: { ...later.inode, source: bytesSource('later.tar', new Uint8Array()) } };
  const tree = buildTree([entry('boot/old/deep/file'), entry('boot/kept'), other]);
  expect(tree.nodes.map(({ path }) => path)).toEqual(['boot', 'boot/kept', 'boot/old']);
  expect(tree.warnings).toEqual([expect.stringContaining('“boot/old” is a directory that a later archive replaces')]);
});

describe('hard links', () => {
  test('to earlier and later entries, to links, to symbolic links share the inode', () => {
    const file = entry('file');
    const symlink = entry('symlink', 'symlink', 'file');
    const tree = buildTree([
      entry('before', 'link', 'file'),
      file,
      entry('chain', 'link', 'before'),
      symlink,
      entry('s', 'link', 'symlink'),
    ]);
    const inode = (path: string) => findNode(tree, path)!.inode;
    expect(inode('file')).toBe(file.inode);
    expect(inode('symlink')).toBe(symlink.inode);
    expect(inode('before')).toBe(file.inode);
    expect(inode('chain')).toBe(file.inode);
    expect(inode('s')).toBe(symlink.inode);
  });
  test('mean what their target was when they were made', () => {
    const [first, second] = [entry('file'), entry('file')];
    const tree = buildTree([first, entry('hard', 'link', 'file'), second]);
    expect(findNode(tree, 'hard')!.inode).toBe(first.inode);
    expect(findNode(tree, 'file')!.inode).toBe(second.inode);
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

describe('several archives', () => {
  const later = (...entries: NamedEntry[]) =>
    entries.map((one) => ({ ...one, inode: { ...one.inode, source: laterSource } }));
  const laterSource = bytesSource('later.tar', new Uint8Array());

  test('the later one is laid over the earlier one, without a warning', () => {
    const [over] = later(entry('d/a', 'symlink', 'x'));
    const tree = buildTree([entry('d', 'directory'), entry('d/a'), entry('d/b'), over!]);
    expect(tree.nodes.map(({ path }) => path)).toEqual(['d', 'd/a', 'd/b']);
    expect([findNode(tree, 'd/a')!.inode, tree.warnings]).toEqual([over!.inode, []]);
  });
  test('a file in a directory’s place hides what was in it, with a warning', () => {
    const { nodes, warnings } = buildTree([
      ...[entry('d', 'directory'), entry('d/a'), entry('d/e/f'), entry('dd')],
      ...later(entry('d'), entry('g', 'link', 'd/a')),
    ]);
    expect(nodes.map(({ path }) => path)).toEqual(['d', 'dd', 'g']);
    expect(warnings).toEqual(['“d” is a directory that a later archive replaces, with all that was in it.']);
  });
  test('hard links reach into earlier archives, and keep what a later one replaces', () => {
    const file = entry('file');
    const tree = buildTree([
      ...[file, entry('hard', 'link', 'file')],
      ...later(entry('harder', 'link', 'hard'), entry('file')),
    ]);
    expect(findNode(tree, 'hard')!.inode).toBe(file.inode);
    expect(findNode(tree, 'harder')!.inode).toBe(file.inode);
    expect(findNode(tree, 'file')!.inode).toMatchObject({ source: laterSource });
  });
  test('whiteouts are files like others, with a warning', () => {
    expect(buildTree(later(entry('d/.wh.a'), entry('.wh..wh..opq'))).warnings).toEqual([
      expect.stringMatching(/^“d\/\.wh\.a” \(and 1 more\) is the name of a container layer’s whiteout/),
    ]);
  });
});
