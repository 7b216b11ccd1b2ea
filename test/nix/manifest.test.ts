import { describe, expect, test } from 'vitest';
import { looksLikeManifest, parseManifest } from '../../src/core/nix/manifest.ts';
import { isStoreBaseName, storePathOf } from '../../src/core/nix/store-path.ts';

const A = '/nix/store/0c9fq8h0d5r8jxx5yhr7pql3apz3wbx1-a';
const B = '/nix/store/1c9fq8h0d5r8jxx5yhr7pql3apz3wbx1-b';
const parse = (text: string) => parseManifest('closure-x', new TextEncoder().encode(text));

test('exportReferencesGraph: path, deriver, count, references', () => {
  expect(parse(`${A}\n\n2\n${A}\n${B}\n${B}\n\n0\n`)).toEqual([
    { path: A, references: [A, B], from: 'closure-x' },
    { path: B, references: [], from: 'closure-x' },
  ]);
});

test('registration: path, hash, size, deriver, count, references', () => {
  expect(parse(`${A}\n${'0'.repeat(64)}\n0\n\n1\n${B}\n`)).toEqual([{ path: A, references: [B], from: 'closure-x' }]);
});

describe('names the line of', () => {
  test.each([
    ['no final newline', `${A}\n\n0`, 'line 3: the last line does not end in a newline'],
    ['a record cut off after the path', `${A}\n`, 'is cut off'],
    ['a record cut off in its references', `${A}\n\n2\n${B}\n`, `line 5: the record of ${A} is cut off`],
    ['a count that is no number', `${A}\n\nx\n`, 'line 3: expected the number of references, found “x”'],
    ['a reference that is no store path', `${A}\n\n1\n/etc\n`, 'line 4: expected a reference'],
    ['a shifted record', `${A}\n\n0\n\n${B}\n\n0\n`, 'line 4: expected a store path, found “”'],
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
