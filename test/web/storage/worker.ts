/** The browser's worker of test/web/storage.test.ts: runs one case of the conformance suite and says how it ended. */
import { removeScratch, scratchFile } from '../../../web/src/scratch.ts';
import { FileSource } from '../../../web/src/worker/file-source.ts';
import { OpfsBacking } from '../../../web/src/worker/opfs.ts';
import { type MakeSource, sourceCases } from '../../storage/conformance.ts';

const made: { name: string; backing: OpfsBacking }[] = [];

async function removeAll(): Promise<void> {
  for (const { name, backing } of made.splice(0)) {
    backing.close();
    await removeScratch(name);
  }
}

/** On disk, like a file that a person chose. */
const file: MakeSource = async (bytes) => {
  const name = crypto.randomUUID();
  const backing = (await OpfsBacking.create(name, bytes.length))!;
  backing.write(0, bytes);
  backing.close();
  made.push({ name, backing });
  return new FileSource(await scratchFile(name));
};

addEventListener('message', async ({ data: name }: MessageEvent<string>) => {
  try {
    await sourceCases[name]!(file);
    postMessage('');
  } catch (error) {
    postMessage(error instanceof Error ? error.message : String(error));
  } finally {
    await removeAll();
  }
});
