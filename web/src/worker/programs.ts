/** e2fsprogs' programs as the build puts them beside the page; each is loaded when it is first needed. */
import type { ProgramName } from '../../../src/core/index.ts';
import codecs from '../../../wasm/codecs/dist/codecs.wasm?url';
import debugfs from '../../../wasm/dist/debugfs.wasm?url';
import dumpe2fs from '../../../wasm/dist/dumpe2fs.wasm?url';
import e2fsck from '../../../wasm/dist/e2fsck.wasm?url';
import mke2fs from '../../../wasm/dist/mke2fs.wasm?url';
import resize2fs from '../../../wasm/dist/resize2fs.wasm?url';
import { fetchPart } from '../parts.ts';

const URLS: Readonly<Record<ProgramName, string>> = { debugfs, dumpe2fs, e2fsck, mke2fs, resize2fs };

const modules = new Map<ProgramName, Promise<WebAssembly.Module>>();

export function loadProgram(name: ProgramName): Promise<WebAssembly.Module> {
  let module = modules.get(name);
  if (!module) {
    module = compile(URLS[name]);
    modules.set(name, module);
  }
  return module;
}

let compiledCodecs: Promise<WebAssembly.Module> | undefined;

/** What decompresses archives. */
export function loadCodecs(): Promise<WebAssembly.Module> {
  compiledCodecs ??= compile(codecs);
  return compiledCodecs;
}

/** Not `compileStreaming`: some static servers don't know WebAssembly's media type. */
async function compile(url: string): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await (await fetchPart(url)).arrayBuffer());
}
