/** What a shell makes of the words that are put into commands. */
import { expect, test } from 'vitest';
import { qemuWord, shellWord } from '../../web/src/shell.ts';
import { run } from '../fixtures/process.ts';

const names = ['store.img', "my store $(touch pwned) & it's.img", '`id`', 'a\nb;c', '"$HOME"', '\\', '*', '~', '', 'ä'];

test.each(names)('%j is one word, and itself', async (name) => {
  const printed = await run('sh', ['-c', `printf %s ${shellWord(name)}`]);
  expect(printed.toString()).toBe(name);
});

test('plain names stay as they are; what begins like an option becomes a path', () => {
  expect(['nixos-24.05+1.img', 'two words', '-rf.img'].map(shellWord)).toEqual([
    'nixos-24.05+1.img',
    "'two words'",
    './-rf.img',
  ]);
});

test('QEMU’s commas are doubled, and a colon makes no protocol', () => {
  expect(['plain.img', 'a,b.img', 'nbd:host', '-c:,.img'].map(qemuWord)).toEqual([
    'plain.img',
    "'a,,b.img'",
    "'./nbd:host'",
    "'./-c:,,.img'",
  ]);
});
