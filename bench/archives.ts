/**
 * Archives that are made up, for what the machine's own files don't have. Written straight to the archive, once, and
 * kept in the cache.
 */
import { createCipheriv, createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { type Pack, pack } from 'tar-stream';
import { run } from '../test/fixtures/process.ts';
import { manifestOf } from '../test/fixtures/small-closures.ts';
import { directory } from '../test/fixtures/tree.ts';

export interface Archive {
  readonly archive: string;
  readonly manifests: readonly string[];
}

/** Where archives are kept. */
export const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'storeimg');

interface Entry {
  /** Below `nix/store/`. A directory's ends with a slash. */
  readonly path: string;
  readonly size: number;
  readonly content: Iterable<Uint8Array>;
}

/** `count` small files in one directory, with names of all lengths up to 95 bytes. */
export const oneDirectory = (count: number) =>
  made(`one-directory-${count}`, function* () {
    const path = storePath(0, 'one-directory');
    yield folder(path);
    yield folder(`${path}/share`);
    for (let index = 0; index < count; index++) {
      yield file(`${path}/share/${index}-${'n'.repeat((index * 37) % 90)}`, `file ${index}\n`);
    }
  });

/** `count` store paths of four entries each. */
export const storePaths = (count: number) =>
  made(`store-paths-${count}`, function* () {
    for (let index = 0; index < count; index++) {
      const path = storePath(index, `package-${index}`);
      yield folder(path);
      yield folder(`${path}/bin`);
      yield file(`${path}/bin/tool`, `#!/bin/sh\nexec echo this is ${index}\n`);
      yield file(`${path}/description`, `package ${index}\n`.repeat(index % 500));
    }
  });

/** So many entries in 1211 store paths, 3.4 KB of contents each. */
export const manyEntries = (count: number) =>
  made(`many-entries-${count}`, function* () {
    const paths = Math.min(1211, count);
    for (let path = 0; path < paths; path++) {
      const root = storePath(path, `package-${path}`);
      yield folder(root);
      const files = Math.floor(count / paths) - 1;
      for (let index = 0; index < files; index++) {
        if (index % 20 === 0) yield folder(`${root}/share-${index}`);
        else
          yield file(
            `${root}/share-${index - (index % 20)}/file-${index}`,
            `file ${index} of ${path}\n`.repeat(index % 360),
          );
      }
    }
  });

/** One file of random bytes. */
export const oneFile = (size: number) =>
  made(`one-file-${size}`, function* () {
    yield { path: storePath(0, 'one-file'), size, content: randomBytes(size) };
  });

const folder = (path: string): Entry => ({ path: `${path}/`, size: 0, content: [] });

function file(path: string, text: string): Entry {
  const bytes = Buffer.from(text);
  return { path, size: bytes.length, content: [bytes] };
}

/** nix-base32 has all decimal digits. */
const storePath = (index: number, name: string) => `${String(index).padStart(32, '0')}-${name}`;

/** The same ones every time: the key stream of AES in counter mode. */
function* randomBytes(size: number): Generator<Uint8Array> {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16));
  const zeros = Buffer.alloc(2 ** 20);
  for (let left = size; left > 0; left -= zeros.length) {
    yield cipher.update(zeros.subarray(0, Math.min(left, zeros.length)));
  }
}

async function made(name: string, entries: () => Iterable<Entry>): Promise<Archive> {
  const key = createHash('sha256')
    .update(await readFile(fileURLToPath(import.meta.url)))
    .digest('hex')
    .slice(0, 16);
  const finished = join(cache, 'bench', `${name}-${key}`);
  const files = (folder: string) => ({
    archive: join(folder, 'store.tar'),
    manifests: [join(folder, 'closure-made-up')],
  });
  if (await stat(finished).catch(() => undefined)) return files(finished);
  // What an earlier version of this file made, and what was interrupted.
  await run('sh', ['-c', 'rm -rf "$1"-*', 'sh', join(cache, 'bench', name)]);
  const partial = `${finished}.partial`;
  await mkdir(partial, { recursive: true });
  const roots = new Set<string>();
  const { archive, manifests } = files(partial);
  const tar = pack();
  await Promise.all([pipeline(tar, createWriteStream(archive)), add(tar, entries(), roots)]);
  await writeFile(manifests[0]!, manifestOf(Object.fromEntries([...roots].map((root) => [root, directory()]))));
  await rename(partial, finished);
  return files(finished);
}

/** @param roots gets the store paths that the entries belong to */
async function add(tar: Pack, entries: Iterable<Entry>, roots: Set<string>): Promise<void> {
  for (const { path, size, content } of entries) {
    const name = `nix/store/${path}`;
    roots.add(name.split('/', 3).join('/'));
    const type = path.endsWith('/') ? 'directory' : 'file';
    const entry = tar.entry({ name, type, size, mode: type === 'file' ? 0o444 : 0o555, mtime: new Date(1000) });
    for (const bytes of content) if (!entry.write(bytes)) await once(entry, 'drain');
    entry.end(null);
    // What is not waited for piles up in memory.
    await once(entry, 'close');
  }
  tar.finalize();
}
