/** The browser's worker: expands a compressed archive as the page's engine does, and says how many bytes that made. */
import { expandArchives } from '../../src/core/compression/index.ts';
import { FileSource } from '../../web/src/worker/file-source.ts';
import { loadCodecs } from '../../web/src/worker/programs.ts';
import { createSpool } from '../../web/src/worker/spool.ts';

addEventListener('message', async ({ data: file }: MessageEvent<File>) => {
  const host = { codecs: loadCodecs, createSpool, progress() {} };
  const [plain] = await expandArchives([new FileSource(file)], { maxExpanded: 'auto' }, host);
  postMessage(plain!.size);
});
// Everything is loaded.
postMessage(0);
