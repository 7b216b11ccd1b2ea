/** `--firmware`: a folder is read here, a tar by the engine. */
import { closeSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type FatNode, type Firmware, makeFirmware, Refusal, readFirmware } from '../core/index.ts';
import { FileSource, openRegular, unopened } from './storage.ts';

/** @throws Refusal `source-unopened`, `source-unreadable`, `firmware-format` */
export async function openFirmware(path: string, host: Parameters<typeof readFirmware>[1]): Promise<Firmware> {
  let root: FatNode[];
  try {
    if (!statSync(path).isDirectory()) return await readFirmware(new FileSource(path), host);
    root = readFolder(path);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw unopened(path, error);
  }
  return makeFirmware(root, path);
}

/** Links are followed: what they lead to is copied. */
function readFolder(path: string): FatNode[] {
  return readdirSync(path).map((name) => {
    const below = join(path, name);
    return { name, content: statSync(below).isDirectory() ? readFolder(below) : readFile(below) };
  });
}

function readFile(path: string): Uint8Array {
  const descriptor = openRegular(path);
  try {
    return new Uint8Array(readFileSync(descriptor));
  } finally {
    closeSync(descriptor);
  }
}
