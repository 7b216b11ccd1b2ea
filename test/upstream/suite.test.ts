import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../fixtures/folder.ts';
import { leftOut, reasonAgainst } from './left-out.ts';
import { servePrograms } from './server.ts';
import { isSlow, layOut, runTest, tests } from './suite.ts';

/** All by `npm run test:upstream`; otherwise those that take the least time for what they tell. */
const isWhole = process.env.STOREIMG_UPSTREAM === 'all';

const applicable = tests.filter((name) => reasonAgainst(name) === undefined);
const chosen = applicable.filter((name, i) => isWhole || (i % 4 === 0 && !isSlow(name)));

const folder = temporaryFolder();
const socket = join(folder, 'socket');
let passed = 0;

beforeAll(async () => {
  layOut(folder, () => fileURLToPath(new URL('call.pl', import.meta.url)));
  const server = await servePrograms(socket);
  return () => void server.close();
});

afterAll(() => {
  const rows = leftOut.map(([, reason]) => [tests.filter((name) => reasonAgainst(name) === reason).length, reason]);
  const list = rows.map(([count, reason]) => `\n  ${count} left out: ${reason}`).join('');
  console.log(`e2fsprogs' own tests: ${passed} of ${chosen.length} pass, ${tests.length} in all${list}`);
});

test.each(chosen)('%s', async (name) => {
  const { verdict, output } = await runTest(folder, name, { STOREIMG_PROGRAMS: socket, TMPDIR: folder });
  expect(verdict, output).toBe('ok');
  passed++;
});

test('every row of those left out names a test', () => {
  expect(leftOut.filter(([, reason]) => !tests.some((name) => reasonAgainst(name) === reason))).toEqual([]);
});
