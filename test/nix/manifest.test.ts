import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseSha256 } from '../../src/core/nix/hash.ts';
import { parseJson } from '../../src/core/nix/json.ts';
import { beginsLikeManifest, looksLikeManifest, parseManifest } from '../../src/core/nix/manifest.ts';
import { isStoreBaseName, storePathOf } from '../../src/core/nix/store-path.ts';

const A = '/nix/store/0c9fq8h0d5r8jxx5yhr7pql3apz3wbx1-a';
const B = '/nix/store/1c9fq8h0d5r8jxx5yhr7pql3apz3wbx1-b';
const D = '/nix/store/2c9fq8h0d5r8jxx5yhr7pql3apz3wbx1-a.drv';
const unknown = { narHash: undefined, narSize: undefined, deriver: '', from: 'closure-x' };
const parse = (text: string) => parseManifest('closure-x', new TextEncoder().encode(text));

test('exportReferencesGraph: path, deriver, count, references', () => {
  expect(parse(`${A}\n\n2\n${A}\n${B}\n${B}\n${D}\n0\n`)).toEqual([
    { ...unknown, path: A, references: [A, B] },
    { ...unknown, path: B, references: [], deriver: D },
  ]);
});

test('registration: path, hash, size, deriver, count, references', () => {
  expect(parse(`${A}\n${'0'.repeat(64)}\n0\n\n1\n${B}\n`)).toEqual([{ ...unknown, path: A, references: [B] }]);
  expect(parse(`${A}\nsha256:${'0'.repeat(51)}1\n123\n${D}\n0\n`)).toEqual([
    { ...unknown, path: A, references: [], deriver: D, narSize: 123, narHash: Uint8Array.of(1, ...new Uint8Array(31)) },
  ]);
});

describe('JSON', () => {
  const hash = `sha256-${'A'.repeat(42)}E=`;
  const one = { path: A, references: [A, B], narHash: hash, narSize: 5, deriver: D };
  const parsed = { ...one, narHash: Uint8Array.of(...new Uint8Array(31), 1), from: 'closure-x' };
  test.each([
    ['an array, as Nix up to 2.18 writes it', [one]],
    ['an object by path, as Nix from 2.19 on documents it', { [A]: { ...one, path: undefined } }],
    ['structured attributes', { name: 'x', outputs: ['out'], closure: [one], other: [one] }],
    [
      'hashes as Nix 2.33 wrote them',
      [{ ...one, narHash: { algorithm: 'sha256', format: 'base64', hash: hash.slice(7) } }],
    ],
  ])('%s', (_, json) => expect(parse(JSON.stringify(json))).toEqual([parsed]));
});

/** As the manual documents them; Debian's Nix writes none of them. */
test.each(['2.19', '2.33', '2.34'])('nix path-info --json of Nix %s, as documented', async (version) => {
  const bytes = await readFile(new URL(`../fixtures/path-info/${version}.json`, import.meta.url));
  const [foo, bar] = ['n5wkd9frr45pa74if5gpz9j7mifg27fh-foo', 'g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-bar'];
  expect(parseManifest('closure-x', bytes)).toEqual([
    {
      path: `/nix/store/${foo}`,
      references: [`/nix/store/${bar}`, `/nix/store/${foo}`],
      narHash: parseSha256('sha256-FePFYIlMuycIXPZbWi7LGEiMmZSX9FMbaQenWBzm1Sc='),
      narSize: 34878,
      deriver: `/nix/store/${bar}.drv`,
      from: 'closure-x',
    },
    { ...unknown, path: `/nix/store/${bar}`, references: [], narSize: undefined },
  ]);
});

test('a path that is null there is not valid in its store', async () => {
  const bytes = await readFile(new URL('../fixtures/path-info/not-valid.json', import.meta.url));
  expect(() => parseManifest('closure-x', bytes)).toThrow(
    'line 2: /nix/store/n5wkd9frr45pa74if5gpz9j7mifg27fh-foo is not valid in the store',
  );
});

describe('names the line of', () => {
  const zeros = '0'.repeat(64);
  test.each([
    ['an empty file', '', 'line 1: the file is empty'],
    ['no final newline', `${A}\n\n0`, 'line 3: the last line does not end in a newline'],
    [
      'a record cut off after the path',
      `${A}\n`,
      `line 2: the file ends where the deriver of ${A} or an empty line should stand`,
    ],
    ['a record cut off after the deriver', `${A}\n\n`, 'line 3: the file ends where the number of references'],
    ['a record cut off in its references', `${A}\n\n2\n${B}\n`, 'line 5: the file ends where reference 2 of 2'],
    ['a count that is no number', `${A}\n\nx\n`, `line 3: expected the number of references of ${A}, found “x”`],
    ['a negative count', `${A}\n\n-1\n`, 'line 3: expected the number of references'],
    [
      'a reference that is no store path',
      `${A}\n\n1\n/etc\n`,
      `line 4: expected reference 1 of 1 of ${A}, found “/etc”`,
    ],
    ['a reference that is empty', `${A}\n\n1\n\n`, 'line 4: expected reference 1 of 1'],
    ['a shifted record', `${A}\n\n0\n\n${B}\n\n0\n`, 'line 4: expected a store path, found an empty line'],
    [
      'a path twice, with other references',
      `${A}\n\n0\n${A}\n\n1\n${B}\n`,
      `line 4: ${A} stands here a second time, and line 1 says something else of it; make it again with exportReferencesGraph`,
    ],
    [
      'a path with a bad character',
      `/nix/store/0c9fq8h0d5r8jxx5yhr7pql3apz3wbx1-a b\n\n0\n`,
      'line 1: expected a store path',
    ],
    ['a path without a name', `/nix/store/0c9fq8h0d5r8jxx5yhr7pql3apz3wbx1\n\n0\n`, 'line 1: expected a store path'],
    ['Windows line ends', `${A}\r\n\r\n0\r\n`, 'line 1: its lines end in CR LF'],
    ['UTF-16', `\ufeff${A}\n`.replace(/./gs, '$&\0'), 'line 1: it is UTF-16'],
    ['a hash that is none', `${A}\nmd5:0\n0\n\n0\n`, `line 2: expected the SHA-256 of ${A}, found “md5:0”`],
    ['a size that is none', `${A}\n${zeros}\nbig\n\n0\n`, `line 3: expected the NAR size of ${A}, found “big”`],
    [
      'a deriver that is none',
      `${A}\n${zeros}\n0\nx.drv\n0\n`,
      `line 4: expected the deriver of ${A} or an empty line`,
    ],
    ['a missing deriver line', `${A}\n${zeros}\n0\n0\n`, 'line 4: expected the deriver'],
    ['broken JSON', '[\n{]', "line 2: it is no well-formed JSON: “]” can't stand there"],
    [
      'JSON that is cut off',
      `[\n{"path": "${A}",\n"references": [`,
      'line 3: it is no well-formed JSON: it ends too soon',
    ],
    ['JSON that is cut off in a string', `[\n{"path": "${A}`, 'line 2: it is no well-formed JSON: it ends too soon'],
    ['two JSON texts', `[]\n[]`, "line 2: it is no well-formed JSON: “[” can't stand there"],
    ['JSON without end', '['.repeat(100_000), 'line 1: its lists and objects lie too deep in one another'],
    ['JSON of something else', '{"a": 1}', 'line 1: it is JSON without a list of store paths'],
    ['an empty list', '[]', 'line 1: its list of store paths is empty'],
    ['JSON without references', `[\n{"path": "${A}"}]`, `line 2: ${A} has no list of references`],
    [
      'JSON with a bad reference',
      `[{"path": "${B}", "references": ["${A}"]},\n{"path": "${A}", "references": [1]}]`,
      `line 2: expected a reference of ${A}, found 1; make it again with “nix path-info --json -r”`,
    ],
    [
      'JSON with a bad hash',
      `[\n\n{"path": "${A}", "references": [], "narHash": "x"}]`,
      'line 3: the NAR hash of /nix/store/0c9fq8h0d5r8jxx5yhr7pql3apz3wbx1-a is no SHA-256: "x"',
    ],
    [
      'JSON with a bad size',
      `[{"path": "${A}", "references": [], "narSize": -1}]`,
      `line 1: the NAR size of ${A} is no number of bytes: -1`,
    ],
    ['JSON with a bad path', '[\n{"path": "/etc", "references": []}]', 'line 2: expected a store path, found "/etc"'],
    [
      'JSON of a path that is not valid',
      `[\n{"path": "${A}", "valid": false}]`,
      `line 2: ${A} is not valid in the store`,
    ],
    [
      'JSON of another store',
      `{"info": {},\n"storeDir": "/gnu/store"}`.replace('{}', `{"${A.slice(11)}": {"references": []}}`),
      'line 2: its store is "/gnu/store", and an image\'s is /nix/store',
    ],
    [
      'JSON with a path twice, with other sizes',
      `[{"path": "${A}", "references": [], "narSize": 1},\n{"path": "${A}", "references": [], "narSize": 2}]`,
      `line 2: ${A} stands here a second time, and line 1 says`,
    ],
    [
      'JSON with a key twice, with other references',
      `{"${A}": {"references": []},\n"${A}": {"references": ["${A}"]}}`,
      `line 2: ${A} stands here a second time`,
    ],
    [
      'two lists of structured attributes that contradict each other',
      `{"one": [{"path": "${A}", "references": []}],\n"two": [{"path": "${A}", "references": ["${A}"]}]}`,
      'line 2: /nix/store/0c9fq8h0d5r8jxx5yhr7pql3apz3wbx1-a stands here a second time, and line 1 says something else of it; make it again with exportReferencesGraph and __structuredAttrs',
    ],
  ])('%s', (_, text, message) => expect(() => parse(text)).toThrow(message));
});

describe('a path that stands in a manifest twice', () => {
  test('agreeing with itself, in lines', () => {
    const record = `${A}\n${'0'.repeat(64)}\n0\n\n1\n${B}\n`;
    const better = `${A}\n${'0'.repeat(51)}1\n7\n${D}\n1\n${B}\n`.replace(
      `\n${'0'.repeat(51)}`,
      `\nsha256:${'0'.repeat(51)}`,
    );
    expect(parse(record + record)).toEqual([{ ...unknown, path: A, references: [B] }]);
    expect(parse(better + record)).toEqual(parse(better));
    expect(parse(record + better)).toEqual(parse(better));
  });

  test('agreeing with itself, in JSON', () => {
    const record = `{"path": "${A}", "references": ["${A}", "${B}"]}`;
    const turned = `{"path": "${A}", "references": ["${B}", "${A}"], "narSize": 7}`;
    expect(parse(`[${record}, ${turned}]`)).toEqual([{ ...unknown, path: A, references: [B, A], narSize: 7 }]);
  });
});

test('a byte order mark is no part of it', () => {
  expect(parse(`\ufeff${A}\n\n0\n`)).toEqual(parse(`${A}\n\n0\n`));
  expect(parse(`\ufeff[{"path": "${A}", "references": []}]`)).toEqual(parse(`[{"path": "${A}", "references": []}]`));
});

test('JSON with lines is what JSON.parse gives, or refused as there', () => {
  const json = fc.oneof(
    fc.json(),
    fc.json().map((text) => JSON.stringify(JSON.parse(text), null, 1)),
    fc.tuple(fc.json(), fc.nat(), fc.string({ maxLength: 2 })).map(([text, at, other]) => {
      const cut = at % (text.length + 1);
      return text.slice(0, cut) + other + text.slice(cut + 1);
    }),
  );
  const parsed = (parse: () => unknown) => {
    try {
      return { value: parse() };
    } catch {
      return 'refused';
    }
  };
  fc.assert(
    fc.property(json, (text) => {
      const ours = parsed(() => parseJson(text, (_, why) => new Error(why)).value);
      expect(ours).toEqual(parsed(() => JSON.parse(text)));
    }),
    { numRuns: 2000 },
  );
});

test('told by its first line', () => {
  expect(looksLikeManifest(new TextEncoder().encode(`${A}\nrest`))).toBe(true);
  expect(looksLikeManifest(new TextEncoder().encode(A))).toBe(false);
  expect(looksLikeManifest(new TextEncoder().encode('#!/bin/sh\n'))).toBe(false);
});

test('a damaged one is told by its first record', () => {
  const begins = (text: string) => beginsLikeManifest(new TextEncoder().encode(text));
  expect(begins(`${A}\n\n1\n${B}\n${B}\n\n`)).toBe(true);
  expect(begins(`${A}\r\n\r\n0\r\n`)).toBe(true);
  expect(begins(`[{"references": ["${B}"], "path": "${A}"}, {`)).toBe(true);
  expect(begins(`{"${A.slice(11)}": {"references": [], `)).toBe(true);
  expect(begins(`${A}\n${B}\n`)).toBe(false);
  expect(begins(`{"interpreter": "${A}/bin/sh"}`)).toBe(false);
});

test('store path names', () => {
  expect(isStoreBaseName('0c9fq8h0d5r8jxx5yhr7pql3apz3wbx1-a+b-c._?=')).toBe(true);
  for (const bad of [
    'short-a',
    '0c9fq8h0d5r8jxx5yhr7pql3apz3wbx1',
    '0c9fq8h0d5r8jxx5yhr7pql3apz3wbx1-',
    'eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee-a',
    '0c9fq8h0d5r8jxx5yhr7pql3apz3wbx1-a b',
    '0c9fq8h0d5r8jxx5yhr7pql3apz3wbx1-..',
    `0c9fq8h0d5r8jxx5yhr7pql3apz3wbx1-${'a'.repeat(212)}`,
    '.links',
  ]) {
    expect(isStoreBaseName(bad), bad).toBe(false);
  }
  expect(storePathOf(`${A.slice(1)}/bin/x`)).toBe(A);
  expect(storePathOf('nix/store')).toBeUndefined();
  expect(storePathOf('etc/x')).toBeUndefined();
});
