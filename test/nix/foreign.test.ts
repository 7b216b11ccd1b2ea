/** What lies in archives of whole stores, and of macOS, and belongs to no store path; archives without an end. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { byteString } from '../../src/core/bytes.ts';
import { decide } from '../../src/core/index.ts';
import { openInMemory } from '../build/in-memory.ts';

const NAME = `${'a'.repeat(32)}-a`;
const PATH = `nix/store/${NAME}`;
const OTHER = `nix/store/${'b'.repeat(32)}-b`;
const DOUBLE = '\0\x05\x16\x07\0\x02\0\0Mac OS X';

interface Member {
  readonly name: string;
  readonly content?: string;
  readonly type?: string;
  readonly link?: string;
  readonly mode?: number;
}

/** A tar as bytes; a name with a slash at its end is a directory. */
function tar(members: readonly Member[], end = 1024): Buffer<ArrayBuffer> {
  const blocks = members.flatMap(({ name, content = '', link = '', mode = 0o555, type }) => {
    const header = Buffer.alloc(512);
    const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`;
    header.write(name, 0, 'latin1');
    header.write(
      `${octal(mode, 7)}${octal(0, 7)}${octal(0, 7)}${octal(content.length, 11)}${octal(1, 11)}        `,
      100,
    );
    header.write(`${type ?? (name.endsWith('/') ? '5' : '0')}${link}`, 156, 'latin1');
    header.write('ustar\x0000', 257, 'latin1');
    header.write(
      `${octal(
        header.reduce((sum, byte) => sum + byte, 0),
        6,
      )} `,
      148,
    );
    return [header, Buffer.from(content.padEnd(Math.ceil(content.length / 512) * 512, '\0'), 'latin1')];
  });
  return Buffer.concat([...blocks, Buffer.alloc(end)]);
}

const open = (archive: Uint8Array, manifest?: string) =>
  openInMemory(archive, {}, {}, manifest === undefined ? [] : [{ name: 'manifest', bytes: Buffer.from(manifest) }]);

const inspected = async (members: readonly Member[], manifest?: string) =>
  (await open(tar(members), manifest)).inspect(decide({}));

/** Names below a path, as the index has them. */
async function namesIn(members: readonly Member[], path: string): Promise<string[]> {
  return (await open(tar(members)))
    .children(path)
    .map(({ name }) => name)
    .sort();
}

describe('macOS', () => {
  const store = [{ name: `${PATH}/` }, { name: `${PATH}/bin`, content: 'x' }];
  test.each([
    ['before its file', [store[0]!, { name: `${PATH}/._bin`, content: DOUBLE }, store[1]!]],
    ['behind its file', [...store, { name: `${PATH}/._bin`, content: DOUBLE }]],
    ['beside the store path', [{ name: `nix/store/._${NAME}`, content: DOUBLE }, ...store]],
    [
      'at the top, far from its path',
      [...store, { name: 'x', content: 'x' }, { name: `nix/store/._${NAME}`, content: DOUBLE }],
    ],
    ['at the root', [{ name: '._nix', content: DOUBLE }, { name: 'nix/' }, ...store]],
  ])('an AppleDouble file %s is left out, with a word', async (_, members) => {
    const plain = await inspected(store);
    const { warnings, storePaths } = await inspected(members);
    expect(storePaths).toEqual(plain.storePaths);
    expect(warnings.filter((warning) => !plain.warnings.includes(warning)).join()).toMatch(
      /“[^”]*\._[^”]*”.* left out/,
    );
  });

  test('many are one warning', async () => {
    const members = ['c', 'd', 'e'].flatMap((name) => [
      { name: `${PATH}/._${name}`, content: DOUBLE },
      { name: `${PATH}/${name}`, content: 'x' },
    ]);
    expect(await namesIn(members, PATH)).toEqual(['c', 'd', 'e']);
    expect((await inspected(members)).warnings).toContainEqual(
      expect.stringMatching(/^“nix\/store\/.*\/\._c” and 2 more files were left out: macOS/),
    );
  });

  test('files of such a name with other contents, or far from another, are files', async () => {
    const members = [
      { name: `${PATH}/._a`, content: 'no AppleDouble' },
      { name: `${PATH}/a`, content: 'x' },
      { name: `${PATH}/._b`, content: DOUBLE },
      { name: `${PATH}/c`, content: 'x' },
      { name: `${PATH}/b`, content: 'x' },
    ];
    expect(await namesIn(members, PATH)).toEqual(['._a', '._b', 'a', 'b', 'c']);
  });

  test('names that differ in case alone are what the NAR has', async () => {
    const members = [
      { name: `${PATH}/` },
      { name: `${PATH}/Readme`, content: 'x' },
      { name: `${PATH}/readme~nix~case~hack~1/` },
      { name: `${PATH}/readme~nix~case~hack~1/file`, content: 'x' },
      { name: `${PATH}/link`, type: '1', link: `${PATH}/readme~nix~case~hack~1/file` },
    ];
    expect(await namesIn(members, PATH)).toEqual(['Readme', 'link', 'readme']);
    expect(await namesIn(members, `${PATH}/readme`)).toEqual(['file']);
    expect((await inspected(members)).warnings).toContainEqual(
      expect.stringMatching(/readme~nix~case~hack~1” and 1 more have their names without/),
    );
  });
});

test('all of a store: its housekeeping is left out, with one warning that counts it', async () => {
  const paths = [
    { name: PATH, content: 'x' },
    { name: `${OTHER}-Cargo.lock`, content: '', mode: 0o444 },
  ];
  const beside = [
    { name: 'nix/store/.links/' },
    { name: 'nix/store/.links/0abc', content: 'x' },
    { name: 'nix/store/trash/' },
    { name: 'nix/store/trash/old', content: 'x' },
    { name: 'nix/store/tmp-12-3/' },
    { name: 'nix/store/.tmp-link-1-2', content: 'x' },
    { name: `${PATH}.lock`, mode: 0o600 },
    { name: `${OTHER}.lock`, mode: 0o600 },
    { name: `${PATH}.drv.chroot/` },
    { name: `${PATH}.check`, content: 'x' },
    { name: 'nix/store/.DS_Store', content: 'x' },
  ];
  const plain = await inspected(paths);
  const { storePaths, errors, warnings } = await inspected([...beside, ...paths]);
  expect(storePaths).toEqual(plain.storePaths);
  expect(errors).toEqual([]);
  expect(warnings.filter((warning) => !plain.warnings.includes(warning))).toEqual([
    expect.stringMatching(/^“nix\/store\/\.links” \(and 8 more\) is no store path and was left out/),
  ]);
});

test('a store path that a manifest names is one, whatever its name ends in', async () => {
  const paths = [
    { name: PATH, content: 'x' },
    { name: `${PATH}.lock`, mode: 0o600 },
  ];
  const { storePaths } = await inspected(paths, `/${PATH}.lock\n\n0\n`);
  expect(storePaths.map(({ path }) => path)).toEqual([`/${PATH}`, `/${PATH}.lock`]);
});

describe('an archive without blocks of zeros at its end', () => {
  const archive = tar([{ name: PATH, content: 'x', mode: 0o444 }], 0);
  const framed = (text: string) => {
    const bytes = Buffer.alloc(8 + Math.ceil(text.length / 8) * 8);
    bytes.writeBigUInt64LE(BigInt(text.length));
    bytes.write(text, 8, 'latin1');
    return bytes;
  };
  const nar = Buffer.concat(['nix-archive-1', '(', 'type', 'regular', 'contents', 'x', ')'].map(framed));
  const record = (path: string, bytes: Buffer) =>
    `/${path}\nsha256:${createHash('sha256').update(bytes).digest('hex')}\n${bytes.length}\n\n0\n`;
  const warningsOf = async (manifest: string) => (await (await open(archive, manifest)).inspect(decide({}))).warnings;

  test('is accepted where a manifest has every hash, and all agree', async () => {
    expect(await warningsOf(record(PATH, nar))).toContainEqual(
      expect.stringMatching(/^test\.tar stops at offset 1024 without the blocks of zeros .* none of them was cut off/),
    );
  });

  test.each([
    ['no manifest', undefined],
    ['a manifest without hashes', `/${PATH}\n\n0\n`],
  ])('is refused with %s', async (_, manifest) => {
    await expect(open(archive, manifest)).rejects.toThrow(
      /stops at offset 1024 .* cut off; copy or make it again, or give a manifest with the hash of every store path/,
    );
  });

  test('is refused where a hash is another', async () => {
    const session = await open(
      archive,
      record(PATH, Buffer.from(byteString(nar).replace('regular', 'regulax'), 'latin1')),
    );
    expect((await session.inspect(decide({}))).errors[0]).toMatch(/stops at offset 1024 .* cut off/);
    await expect(session.plan(decide({}))).rejects.toThrow(/stops at offset 1024 .* cut off/);
  });
});
