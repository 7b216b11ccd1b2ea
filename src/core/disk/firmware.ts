/** A tar or a folder's files → the firmware partition. */
import { contentOf, indexArchives } from '../archive/index.ts';
import { display, toBytes } from '../bytes.ts';
import { type ExpandHost, expandArchives } from '../compression/index.ts';
import { isRefusal, Refusal } from '../errors.ts';
import { readStart, type Source } from '../storage/index.ts';
import { type Firmware, GAP } from './disk.ts';
import { type FatNode, makeFat } from './fat.ts';

/** What FAT can't have in a name, and names longer than it has room for. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: FAT forbids them
const NO_NAME = /["*:<>?\\|\x00-\x1f]|[. ]$|^.{256}/;

/**
 * @param name of the folder or tar
 * @throws Refusal `firmware-format`
 */
export function makeFirmware(root: readonly FatNode[], name: string): Firmware {
  assertNames(root, name);
  return makeFat(sorted(root), name, GAP);
}

/** What FAT16 has no room for is not read into memory first. */
const MOST_BYTES = 2 ** 31;

/** The files of a tar, compressed or not. @throws Refusal `archive-*`, `compressed-*`, `firmware-format` */
export async function readFirmware(given: Source, host: ExpandHost): Promise<Firmware> {
  const refuse = (why: string) => new Refusal('firmware-format', { name: given.name, why });
  const [tar] = await expandArchives([given], { maxExpanded: MOST_BYTES }, host);
  try {
    return await firmwareOf(tar!, refuse);
  } catch (error) {
    throw isRefusal(error, 'archive-unknown') ? refuse(error.facts.found) : error;
  } finally {
  }
}

async function firmwareOf(tar: Source, refuse: (why: string) => Refusal): Promise<Firmware> {
  const { nodes } = await indexArchives([tar], () => {});
  const bytes = nodes.reduce((sum, { inode }) => sum + (inode.type === 'file' ? inode.size : 0), 0);
  if (bytes > MOST_BYTES) throw refuse(`its files have ${bytes} bytes, and FAT16 holds 2 GiB`);
  const root: FatNode[] = [];
  const folders = new Map<unknown, FatNode[]>([[undefined, root]]);
  for (const node of nodes) {
    const { inode, parent } = node;
    if (inode.type !== 'file' && inode.type !== 'directory') throw refuse(`${display(node.path)} is a ${inode.type}`);
    const within: FatNode[] = [];
    if (inode.type === 'directory') folders.set(node, within);
    folders
      .get(parent)!
      .push({ name: decode(node.name, refuse), content: inode.type === 'file' ? readStart(contentOf(inode)) : within });
  }
  return makeFirmware(root, tar.name);
}

function decode(name: string, refuse: (why: string) => Refusal): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(toBytes(name));
  } catch {
    throw refuse(`the name “${display(name)}” is not UTF-8`);
  }
}

function assertNames(nodes: readonly FatNode[], source: string): void {
  const seen = new Set<string>();
  for (const { name, content } of nodes) {
    const refuse = (why: string) => new Refusal('firmware-format', { name: source, why: `“${name}” ${why}` });
    if (NO_NAME.test(name)) throw refuse('is no name that FAT can hold');
    if (seen.has(name.toLowerCase())) throw refuse('is there in upper and lower case');
    seen.add(name.toLowerCase());
    if (!(content instanceof Uint8Array)) assertNames(content, source);
  }
}

/** In an order that does not depend on where the files came from. */
const sorted = (nodes: readonly FatNode[]): FatNode[] =>
  nodes
    .map(({ name, content }) => ({ name, content: content instanceof Uint8Array ? content : sorted(content) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
