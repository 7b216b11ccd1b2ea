/** `nix-store --export` streams of real Nix as archives, and what damage is called. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { findNode, indexArchives } from '../../src/core/archive/index.ts';
import { toBytes } from '../../src/core/bytes.ts';
import { Refusal } from '../../src/core/index.ts';
import { type PathInfo, readExportStream } from '../../src/core/nix/index.ts';
import { fullFrame, narPieces } from '../../src/core/nix/nar.ts';
import { build, storeimg } from '../cli/storeimg.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { run } from '../fixtures/process.ts';
import { verifyInstalled } from '../oracles/installed-nix.ts';
import { readFromImage } from '../oracles/native.ts';
import { bytesSource } from '../storage/bytes-source.ts';

const folder = temporaryFolder();
const stream = join(folder, 'store.export');

beforeAll(async () => {
  await run('bash', [fileURLToPath(new URL('../fixtures/tricky-closure/make.sh', import.meta.url)), folder]);
});

const withoutDeriver = (registration: Buffer) => registration.toString('latin1').replaceAll(/^.*\.drv$/gm, '');

test('the image of a stream is registered as that of a tar is, and Nix finds nothing wrong', async () => {
  const [fromStream, fromTar] = [join(folder, 'from-stream'), join(folder, 'from-tar')];
  await build(fromStream, [stream]);
  await build(fromTar, [join(folder, 'store.tar')]);
  const registration = await readFromImage(fromStream, '/nix-path-registration');
  expect(registration.toString()).toMatch(/\.drv$/m);
  expect(withoutDeriver(registration)).toBe(
    (await readFromImage(fromTar, '/nix-path-registration')).toString('latin1'),
  );
  expect(await verifyInstalled(fromStream)).toBe('');
});

async function read(bytes: Uint8Array) {
  const infos: PathInfo[] = [];
  const tree = await indexArchives(
    [bytesSource('store.export', bytes)],
    () => {},
    () => (from) => readExportStream(from, infos),
  );
  return { tree, infos };
}

test('each NAR of it is written again byte for byte', async () => {
  const bytes = await readFile(stream);
  const { tree, infos } = await read(bytes);
  const children = tree.children;
  let at = 8;
  for (const { path } of infos) {
    for (const piece of narPieces(findNode(tree, path.slice(1))!, children)) {
      const ours = typeof piece === 'string' ? toBytes(fullFrame(piece)) : undefined;
      const length = ours?.length ?? (piece as { inode: { size: number } }).inode.size;
      if (ours) expect(bytes.subarray(at, at + length).equals(ours)).toBe(true);
      at += length;
    }
    // What stands between this NAR and the next, or the end.
    at = bytes.indexOf('\x0d\0\0\0\0\0\0\0nix-archive-1', at, 'latin1');
  }
  expect(at).toBe(-1);
});

test.each([
  [
    'cut off',
    (bytes: Buffer) => bytes.subarray(0, bytes.length / 2),
    /ends in the middle of the NAR that follows \/nix\/store\/.* at offset \d+/,
  ],
  ['going on', (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(8)]), /something follows the last path/],
  ['of another type', (bytes: Buffer) => replaced(bytes, 'regular', 'regulat'), /“regulat” stands where “regular”/],
  ['without its path', (bytes: Buffer) => replaced(bytes, 'NIXE', 'NIXX'), /no path follows the NAR/],
  ['with a NUL in a link', cutTarget, /a link has a NUL in its target/],
  ['with other padding than zeros', padded, /at offset \d+, a file’s contents are not filled up with zeros/],
  ['with a name for two', (bytes: Buffer) => replaced(bytes, '/nix/store/', '/nix/stare/'), /is no store path/],
])('a stream %s is refused with the place', async (_, damage, sentence) => {
  const damaged = join(folder, 'damaged.export');
  await writeFile(damaged, damage(await readFile(stream)));
  const { status, stderr } = await storeimg(['inspect', '--quiet', damaged]);
  expect(status).toBe(1);
  expect(stderr).toMatch(sentence);
});

/** With the last occurrence of a text changed: the first may stand in a content. */
function replaced(bytes: Buffer, from: string, to: string): Buffer {
  const changed = Buffer.from(bytes);
  changed.write(to, changed.lastIndexOf(from, undefined, 'latin1'), 'latin1');
  return changed;
}

/** With the last byte of padding behind the last contents that have any made another. */
function padded(bytes: Buffer): Buffer {
  const token = framed('contents');
  const changed = Buffer.from(bytes);
  for (let at = bytes.length; ; at--) {
    at = bytes.lastIndexOf(token, at);
    const from = at + token.length + 8;
    const size = Number(bytes.readBigUInt64LE(from - 8));
    const end = from + size + (-size & 7);
    // A content may have such a token in it.
    if (size % 8 === 0 || !bytes.subarray(end, end + 16).equals(framed(')'))) continue;
    changed[end - 1] = 1;
    return changed;
  }
}

/** With the second byte of the last link's target made NUL: what follows would be lost. */
function cutTarget(bytes: Buffer): Buffer {
  const token = framed('target');
  const changed = Buffer.from(bytes);
  changed[changed.lastIndexOf(token) + token.length + 9] = 0;
  return changed;
}

function framed(text: string): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, Buffer.from(text), Buffer.alloc(-text.length & 7)]);
}

test('a path over 4095 bytes is refused, in whatever directories', async () => {
  const node = (depth: number): string[] => {
    if (depth === 0) return ['(', 'type', 'symlink', 'target', 'x', ')'];
    return ['(', 'type', 'directory', 'entry', '(', 'name', 'n'.repeat(255), 'node', ...node(depth - 1), ')', ')'];
  };
  const path = `/nix/store/${'0'.repeat(32)}-deep`;
  const number = (value: number) => Buffer.from(new BigUint64Array([BigInt(value)]).buffer);
  const nar = ['nix-archive-1', ...node(16)].map(framed);
  const rest = [number(0x4558494e), framed(path), number(0), framed(''), number(0), number(0)];
  await expect(read(Buffer.concat([number(1), ...nar, ...rest]))).rejects.toThrow('a path has 4143 bytes');
});

test('the beginning of a stream is refused in a sentence, whichever of its bytes is changed', async () => {
  const small = Buffer.from((await readFile(stream)).subarray(0, 40_000));
  await fc.assert(
    fc.asyncProperty(fc.nat(small.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const damaged = Buffer.from(small);
      damaged[at]! ^= flip;
      await expect(read(damaged)).rejects.toThrow(Refusal);
    }),
    { numRuns: 500 },
  );
});
