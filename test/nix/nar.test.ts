import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { buildTree, findNode, indexArchives } from '../../src/core/archive/index.ts';
import { byteString, toBytes } from '../../src/core/bytes.ts';
import { fromBase32, toBase32 } from '../../src/core/nix/base32.ts';
import { frameLength, fullFrame, narPieces } from '../../src/core/nix/nar.ts';
import { NarReader, readNar } from '../../src/core/nix/nar-reader.ts';
import { ReferenceScanner } from '../../src/core/nix/references.ts';
import { bytesSource } from '../storage/bytes-source.ts';

const folder = mkdtempSync(join(tmpdir(), 'storeimg-nar-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function narOf(tar: Uint8Array, path: string): Promise<Buffer> {
  const tree = await indexArchives([bytesSource('a.tar', tar)], () => {});
  const pieces = [...narPieces(findNode(tree, path)!, tree.children)];
  return Buffer.concat(
    pieces.map((piece) => {
      if (typeof piece === 'string') {
        const frame = toBytes(fullFrame(piece));
        expect(frameLength(piece)).toBe(frame.length);
        return frame;
      }
      if (piece.inode.type !== 'file') throw new Error('only files have contents');
      return tar.subarray(piece.inode.offset, piece.inode.offset + piece.inode.size);
    }),
  );
}

test('equals nix-store --dump for random trees', async () => {
  // Any byte but slash and NUL, made by a shell so that no encoding stands between.
  const name = fc
    .array(
      fc.integer({ min: 1, max: 255 }).filter((byte) => byte !== 47),
      { minLength: 1, maxLength: 12 },
    )
    .filter((bytes) => !bytes.every((byte) => byte === 46));
  const kind = fc.constantFrom('f', 'x', 'd', 'l');
  const entry = fc.record({
    path: fc.array(name, { minLength: 1, maxLength: 3 }),
    kind,
    size: fc.integer({ min: 0, max: 40 }),
  });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { maxLength: 12 }), async (entries) => {
      const root = join(folder, String(run++));
      mkdirSync(root);
      const octal = (bytes: number[]) => bytes.map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
      const script = entries.map(({ path, kind, size }) => {
        const quoted = path.map((part) => `$'${octal(part)}'`).join('/');
        const make = {
          d: 'mkdir -- "$p"',
          l: 'ln -s -- "t$p" "$p"',
          f: `head -c ${size} /dev/zero > "$p"`,
          x: `echo ${size} > "$p"; chmod 755 -- "$p"`,
        }[kind];
        return `p=./${quoted}; mkdir -p -- "\${p%/*}" 2>/dev/null && [ ! -e "$p" ] && { ${make}; }`;
      });
      execFileSync('bash', ['-c', `cd ${root}\n${script.join('\n')}\ntrue`], { stdio: 'ignore' });
      const tar = execFileSync('tar', ['-c', '-C', folder, '--format=pax', String(run - 1)]);
      const expected = execFileSync('nix-store', ['--dump', root], { stdio: ['ignore', 'pipe', 'ignore'] });
      const nar = await narOf(tar, String(run - 1));
      expect(nar.equals(expected)).toBe(true);
      const hash = createHash('sha256').update(nar).digest();
      const base32 = execFileSync('nix-hash', ['--type', 'sha256', '--base32', root], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      expect(toBase32(hash)).toBe(base32.trim());
    }),
    { numRuns: 40 },
  );
});

test('parsing and writing are inverse', async () => {
  type Model = { readonly target: string } | { readonly isExecutable: boolean; readonly text: string } | Tree;
  type Tree = { readonly children: ReadonlyMap<string, Model> };
  const name = fc
    .string({ unit: fc.nat(255).map((byte) => String.fromCharCode(byte)), minLength: 1, maxLength: 9 })
    .filter((name) => !/^\.{1,2}$|[/\0]/.test(name));
  const text = fc.string({ unit: fc.nat(255).map((byte) => String.fromCharCode(byte)), maxLength: 40 });
  const file = fc.record({ isExecutable: fc.boolean(), text });
  const link = fc.record({ target: text.filter((target) => target !== '' && !target.includes('\0')) });
  const { node } = fc.letrec<{ node: Model }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      file,
      link,
      fc.array(fc.tuple(name, tie('node')), { maxLength: 5 }).map((all) => ({ children: new Map(all) })),
    ),
  }));
  const entries = (model: Model, path: string): Map<string, unknown> => {
    if (!('children' in model)) return new Map([[path, model]]);
    const below = [...model.children].flatMap(([name, child]) => [...entries(child, `${path}/${name}`)]);
    return new Map([[path, 'directory'], ...below]);
  };
  await fc.assert(
    fc.asyncProperty(node, async (model) => {
      const nar = writeNar(model);
      const source = bytesSource('a.nar', nar);
      const reader = new NarReader(source, 0, nar.length);
      const found = await readNar(reader, 'root');
      expect(reader.ended).toBe(true);
      const contentOf = (offset: number, size: number) => byteString(nar, offset, offset + size);
      const read = found.map(({ path, inode: { type, mode, target, offset, size } }) => {
        if (type === 'directory') return [path, 'directory'] as const;
        if (type === 'symlink') return [path, { target }] as const;
        return [path, { isExecutable: mode === 0o555, text: contentOf(offset, size) }] as const;
      });
      expect(new Map<string, unknown>(read)).toEqual(entries(model, 'root'));
      const tree = buildTree(found);
      const written = [...narPieces(findNode(tree, 'root')!, tree.children)].map((piece) => {
        if (typeof piece === 'string') return fullFrame(piece);
        return piece.inode.type === 'file' ? contentOf(piece.inode.offset, piece.inode.size) : '';
      });
      expect(written.join('')).toBe(byteString(nar));
    }),
    { numRuns: 500 },
  );

  /** As the manual has the format, and no more cleverly. */
  function writeNar(model: Model): Uint8Array {
    const text = (value: string) => {
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(value.length));
      return length.toString('latin1') + value + '\0'.repeat(-value.length & 7);
    };
    const words = (...all: string[]) => all.map(text).join('');
    const visit = (model: Model): string => {
      if ('target' in model) return words('(', 'type', 'symlink', 'target', model.target, ')');
      if ('text' in model) {
        const executable = model.isExecutable ? ['executable', ''] : [];
        return words('(', 'type', 'regular', ...executable, 'contents', model.text, ')');
      }
      const children = [...model.children].sort(([a], [b]) => (a < b ? -1 : 1));
      const inside = children.map(
        ([name, child]) => words('entry', '(', 'name', name, 'node') + visit(child) + words(')'),
      );
      return words('(', 'type', 'directory') + inside.join('') + words(')');
    };
    return toBytes(words('nix-archive-1') + visit(model));
  }
});

test('base 32 there and back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 0, maxLength: 40 }), (bytes) => {
      expect(fromBase32(toBase32(bytes))).toEqual(bytes);
    }),
  );
  expect(fromBase32('e'.repeat(52))).toBeUndefined();
  expect(fromBase32('z'.repeat(52))).toBeUndefined();
});

test('the scanner equals a naive search, however the stream is cut, one stream after another', () => {
  const hashes = ['0', '1', 'a'].map((char) => char.repeat(31)).flatMap((stem) => [`${stem}b`, `${stem}c`]);
  const stores = ['2', 'z'].map((char) => `/nix/store/${char.repeat(32)}-x`);
  const piece = fc.oneof(
    fc.constantFrom(...hashes, ...hashes.map((hash) => hash.slice(1)), ...stores, '/nix/store/', '-'),
    fc.string({ maxLength: 40 }),
  );
  const scanner = new ReferenceScanner(new Set(hashes));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.array(fc.integer({ min: 0, max: 70 })), (pieces, cuts) => {
      const bytes = new TextEncoder().encode(pieces.join(''));
      let at = 0;
      for (const cut of [...cuts, bytes.length]) {
        scanner.update(bytes.subarray(at, at + cut), at);
        at += cut;
      }
      const { found, foreign } = scanner.finish();
      const text = byteString(bytes);
      expect([...found.keys()].sort()).toEqual(hashes.filter((hash) => text.includes(hash)).sort());
      const inStore = [...text.matchAll(/(?=\/nix\/store\/([0-9abcdfghijklmnpqrsvwxyz]{32})-)/g)].map(
        (match) => match[1]!,
      );
      expect([...foreign.keys()].sort()).toEqual([...new Set(inStore)].filter((hash) => !hashes.includes(hash)).sort());
    }),
    { numRuns: 2000 },
  );
});
