/** Where the build leaves e2fsprogs' programs. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type ProgramName, remembered } from '../core/index.ts';

/** From build/src/node/ to the package's root. */
const root = new URL('../../../', import.meta.url);

const PROGRAMS: readonly ProgramName[] = ['debugfs', 'dumpe2fs', 'e2fsck', 'mke2fs'];

const wasmFile = (name: ProgramName): URL => new URL(`wasm/dist/${name}.wasm`, root);

const compiled = async (file: URL): Promise<WebAssembly.Module> => WebAssembly.compile(await readFile(file));

/** One of e2fsprogs' programs, compiled. */
export const loadProgram = remembered((name: ProgramName) => compiled(wasmFile(name)));

/** What compresses and decompresses. */
export const loadCodecs = remembered(() => compiled(new URL('wasm/codecs/dist/codecs.wasm', root)));

/** The profile that mke2fs is built with. */
export const mke2fsConf = (): Promise<string> => readFile(new URL('wasm/mke2fs.conf', root), 'utf8');

/** SHA-256 over all of them, in alphabetical order. */
export async function wasmSha256(): Promise<string> {
  const hash = createHash('sha256');
  for (const name of PROGRAMS) hash.update(await readFile(wasmFile(name)));
  return hash.digest('hex');
}

/** storeimg's own version. */
export async function version(): Promise<string> {
  return JSON.parse(await readFile(new URL('package.json', root), 'utf8')).version;
}
