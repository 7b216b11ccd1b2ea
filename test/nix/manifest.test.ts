import { describe, expect, test } from 'vitest';
import { looksLikeManifest, parseManifest } from '../../src/core/nix/manifest.ts';
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
  ])('%s', (_, json) => expect(parse(JSON.stringify(json))).toEqual([parsed]));
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
    ['a count that is no number', `${A}\n\nx\n`, 'found “x”'],
    ['a negative count', `${A}\n\n-1\n`, 'line 3: expected the number of references'],
    [
      'a reference that is no store path',
      `${A}\n\n1\n/etc\n`,
      `line 4: expected reference 1 of 1 of ${A}, found “/etc”`,
    ],
    ['a reference that is empty', `${A}\n\n1\n\n`, 'line 4: expected reference 1 of 1'],
    ['a shifted record', `${A}\n\n0\n\n${B}\n\n0\n`, 'line 4: expected a store path, found an empty line'],
    ['a path twice', `${A}\n\n0\n${A}\n\n0\n`, `line 4: ${A} stands here a second time`],
    [
      'a path with a bad character',
      `/nix/store/0c9fq8h0d5r8jxx5yhr7pql3apz3wbx1-a b\n\n0\n`,
      'line 1: expected a store path',
    ],
    ['a path without a name', `/nix/store/0c9fq8h0d5r8jxx5yhr7pql3apz3wbx1\n\n0\n`, 'line 1: expected a store path'],
    ['Windows line ends', `${A}\r\n\r\n0\r\n`, 'line 1: expected a store path'],
    ['a hash that is none', `${A}\nmd5:0\n0\n\n0\n`, `line 2: expected the SHA-256 of ${A}, found “md5:0”`],
    ['a size that is none', `${A}\n${zeros}\nbig\n\n0\n`, `line 3: expected the NAR size of ${A}, found “big”`],
    [
      'a deriver that is none',
      `${A}\n${zeros}\n0\nx.drv\n0\n`,
      `line 4: expected the deriver of ${A} or an empty line`,
    ],
    ['a missing deriver line', `${A}\n${zeros}\n0\n0\n`, 'line 4: expected the deriver'],
    ['broken JSON', '[\n{]', 'it is no well-formed JSON'],
    ['JSON of something else', '{"a": 1}', 'JSON without a list of store paths'],
    ['JSON without references', `[\n{"path": "${A}"}]`, `line 2: ${A} has no list of references`],
    ['JSON with a bad reference', `[{"path": "${A}", "references": [1]}]`, `expected a reference of ${A}, found 1`],
    ['JSON with a bad hash', `[{"path": "${A}", "references": [], "narHash": "x"}]`, 'is no SHA-256: "x"'],
    ['JSON with a bad size', `[{"path": "${A}", "references": [], "narSize": -1}]`, 'is no number of bytes: -1'],
    ['JSON with a bad path', '[{"path": "/etc", "references": []}]', 'expected a store path, found "/etc"'],
    ['JSON of a path that is not valid', `[{"path": "${A}", "valid": false}]`, 'is not valid in the store'],
  ])('%s', (_, text, message) => expect(() => parse(text)).toThrow(message));
});

test('told by its first line', () => {
  expect(looksLikeManifest(new TextEncoder().encode(`${A}\nrest`))).toBe(true);
  expect(looksLikeManifest(new TextEncoder().encode(A))).toBe(false);
  expect(looksLikeManifest(new TextEncoder().encode('#!/bin/sh\n'))).toBe(false);
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
