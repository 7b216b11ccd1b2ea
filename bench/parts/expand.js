// Expands one compressed archive as `storeimg build` does, into a file without a name: expand.js ARCHIVE SCRATCH
import { expandArchives } from '../../build/src/core/compression/index.js';
import { FileSpool } from '../../build/src/node/spool.js';
import { FileSource } from '../../build/src/node/storage.js';
import { loadCodecs } from '../../build/src/node/wasm.js';

const [path, scratch] = process.argv.slice(2);
const host = { codecs: loadCodecs, createSpool: async (name) => new FileSpool(name, scratch), progress() {} };
const [plain] = await expandArchives([new FileSource(path)], { maxExpanded: 'auto' }, host);
console.log(plain.size);
