/** e2fsprogs' programs as the build puts them beside the page; each is loaded when it is first needed. */
import { type ProgramName, remembered } from '../../../src/core/index.ts';
import codecs from '../../../wasm/codecs/dist/codecs.wasm?url';
import debugfs from '../../../wasm/dist/debugfs.wasm?url';
import dumpe2fs from '../../../wasm/dist/dumpe2fs.wasm?url';
import e2fsck from '../../../wasm/dist/e2fsck.wasm?url';
import mke2fs from '../../../wasm/dist/mke2fs.wasm?url';
import { fetchPart } from '../parts.ts';

const URLS: Readonly<Record<ProgramName, string>> = { debugfs, dumpe2fs, e2fsck, mke2fs };

/** One of e2fsprogs' programs, compiled. */
export const loadProgram = remembered((name: ProgramName) => compile(URLS[name]));

/** What compresses and decompresses. */
export const loadCodecs = remembered(() => compile(codecs));

/** Not `compileStreaming`: some static servers don't know WebAssembly's media type. */
async function compile(url: string): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await (await fetchPart(url)).arrayBuffer());
}
