/** e2fsprogs of the same source, built natively by `scripts/build-wasm.sh --native`. */
import { fileURLToPath } from 'node:url';
import { outcome, run } from '../fixtures/process.ts';

const native = fileURLToPath(new URL('../../wasm/native', import.meta.url));

/** What makes native programs behave alike on every machine. */
export const environment: NodeJS.ProcessEnv = {
  PATH: `${native}:${process.env.PATH}`,
  MKE2FS_CONFIG: fileURLToPath(new URL('../../wasm/mke2fs.conf', import.meta.url)),
  TZ: 'UTC0',
  LC_ALL: 'C',
};

/** Makes an image by running the script that `storeimg plan` printed. */
export async function replay(script: string, tree: string, image: string): Promise<void> {
  // The script brings its own mke2fs.conf, time zone and locale.
  await run('sh', [script, tree, image], { env: { PATH: environment.PATH } });
}

/** e2fsck -fn. @throws with what it says, unless it finds the image clean */
export async function fsck(image: string): Promise<void> {
  const { status, stdout, stderr } = await outcome('e2fsck', ['-fn', image], { env: environment });
  if (status !== 0) throw new Error(`e2fsck ended with ${status}: ${stdout}${stderr}`);
}

/** A file's content, as debugfs reads it. */
export function readFromImage(image: string, path: string): Promise<Buffer> {
  return run('debugfs', ['-R', `cat ${path}`, image], { env: environment });
}

/** What debugfs says of an inode. */
export function statInImage(image: string, path: string): Promise<Buffer> {
  return run('debugfs', ['-R', `stat ${path}`, image], { env: environment });
}

/** Where two files differ, in cmp's words; empty when they are the same bytes. */
export async function compareBytes(one: string, other: string): Promise<string> {
  const { status, stdout, stderr } = await outcome('cmp', [one, other]);
  return status === 0 ? '' : `${stdout}${stderr}`.trim();
}
