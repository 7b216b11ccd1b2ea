import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findNode, indexArchives } from '../../src/core/archive/index.ts';
import { analyseRecipes, type NewHasher } from '../../src/core/nix/analysis.ts';
import { toBase32 } from '../../src/core/nix/base32.ts';
import { narRecipe } from '../../src/core/nix/recipe.ts';
import { bytesSource } from '../storage/bytes-source.ts';

const folder = mkdtempSync(join(tmpdir(), 'storeimg-analysis-'));
afterAll(() => rmSync(folder, { recursive: true }));

const nodeHasher: NewHasher = () => {
  const hash = createHash('sha256');
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
};

test('hash and size of a real tree, and what stands in it where', async () => {
  const hash = (char: string) => char.repeat(32);
  const root = join(folder, 'root');
  mkdirSync(join(root, 'sub', `named-${hash('2')}`), { recursive: true });
  // References inside a content, across the border of two buffers, in a link's target and in a file's name.
  writeFileSync(join(root, 'a'), `x${hash('0')}y`);
  writeFileSync(join(root, 'big'), `${'-'.repeat(2 ** 20 - 200)}${`${hash('1')}!`.repeat(20)}${'z'.repeat(3_000_001)}`);
  symlinkSync(`/nix/store/${hash('3')}-target`, join(root, 'link'));
  writeFileSync(join(root, 'z'), `text /nix/store/${hash('4')}-elsewhere text`);
  const tar = new Uint8Array(execFileSync('tar', ['-c', '-C', folder, 'root'], { maxBuffer: 2 ** 30 }));
  const source = bytesSource('a.tar', tar);
  const tree = await indexArchives([source], () => {});
  const { recipe, contents } = narRecipe('/nix/store/x', findNode(tree, 'root')!, tree.children, [source]);
  const wanted = new Set(['0', '1', '2', '3', '5'].map(hash));
  const analysis = (await analyseRecipes({ recipes: [recipe], wanted }, [source], nodeHasher))[0]!;

  const nar = execFileSync('nix-store', ['--dump', root], { maxBuffer: 2 ** 30, stdio: ['ignore', 'pipe', 'ignore'] });
  expect(analysis.narSize).toBe(nar.length);
  expect(toBase32(analysis.narHash)).toBe(toBase32(createHash('sha256').update(nar).digest()));
  expect([...analysis.found.keys()].sort()).toEqual(['0', '1', '2', '3'].map(hash));
  expect(contents[analysis.found.get(hash('1'))!]!.path).toBe('root/big');
  // A target and a name stand before the content that comes next: `z`, the last of two.
  expect(['3', '2'].map((char) => contents[~analysis.found.get(hash(char))!]?.path)).toEqual(['root/z', 'root/z']);
  expect([...analysis.foreign.keys()]).toEqual([hash('4')]);
  expect(contents[analysis.foreign.get(hash('4'))!]!.path).toBe('root/z');
});
