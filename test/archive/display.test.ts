/** Names as people read them. */
import { expect, test } from 'vitest';
import { display, fromText } from '../../src/core/index.ts';

test.each([
  ['plain', 'plain'],
  ['ä — 語', 'ä — 語'],
  ['a\nb\x7f', 'a\\x0ab\\x7f'],
  ['photo\u202egpj.exe', 'photo\\xe2\\x80\\xaegpj.exe'],
  ['\u2066x\u2069', '\\xe2\\x81\\xa6x\\xe2\\x81\\xa9'],
])('%j', (name, shown) => expect(display(fromText(name))).toBe(shown));

test('bytes that are no UTF-8', () => expect(display('a\xff')).toBe('a\\xff'));
