/**
 * A FAT16 filesystem with files in it, made in one go: no library found keeps times and volume names in our hands.
 * Source: Microsoft's “FAT: General Overview of On-Disk Format”, 1.03.
 */
import { Refusal } from '../errors.ts';
import { DIRECTORY_ENTRY, directoryEntries, type Listed, VOLUME_LABEL } from './fat-directory.ts';
import { SECTOR } from './partition.ts';

const MIB = 2 ** 20;
/** nixpkgs' `sdImage.firmwareSize` and `sdImage.firmwarePartitionID`. */
const LEAST = 30 * MIB;
const VOLUME_ID = 0x2178694e;
const LABEL = 'FIRMWARE';

const RESERVED = 4;
const FATS = 2;
const ROOT_ENTRIES = 512;
const ROOT_SECTORS = (ROOT_ENTRIES * DIRECTORY_ENTRY) / SECTOR;
/** Sectors of a cluster: the fewest with which FAT16 can count all of them. */
const CLUSTERS = [4, 8, 16, 32, 64];
const MOST_CLUSTERS = 65_524;
/** The number of the first cluster, and the mark of the last one of a file. */
const FIRST = 2;
const END = 0xffff;

/** A file, or a directory with what is in it. */
export interface FatNode {
  readonly name: string;
  readonly content: Uint8Array | readonly FatNode[];
}

interface Geometry {
  readonly sectors: number;
  /** Bytes of a cluster. */
  readonly cluster: number;
  readonly clusters: number;
  readonly fatSectors: number;
}

/**
 * @param name of what the files came from, for the refusal
 * @param offset of the partition on its disk
 * @returns the partition's bytes, and those of its beginning that are not all zeros
 * @throws Refusal `firmware-format` when a name or the sum of all is more than FAT16 holds
 */
export function makeFat(root: readonly FatNode[], name: string, offset: number) {
  const geometry = geometryFor(root, name);
  const { cluster, fatSectors, sectors } = geometry;
  const dataStart = (RESERVED + FATS * fatSectors + ROOT_SECTORS) * SECTOR;
  const rootStart = dataStart - ROOT_SECTORS * SECTOR;
  const bytes = new Uint8Array(dataStart + needed(root, cluster) * cluster);
  bytes.set(bootSector(geometry, offset));
  const fat = new Uint16Array(fatSectors * (SECTOR / 2));
  fat.set([0xfff8, END]);

  let next = FIRST;
  /** Takes clusters for a content; returns the first's number, 0 for none. */
  const allocate = (length: number): number => {
    const count = Math.ceil(length / cluster);
    if (count === 0) return 0;
    const first = next;
    next += count;
    for (let at = first; at < next; at++) fat[at] = at + 1 === next ? END : at + 1;
    return first;
  };
  const put = (first: number, content: Uint8Array) => bytes.set(content, dataStart + (first - FIRST) * cluster);
  const fill = (nodes: readonly FatNode[], own: number): Listed[] =>
    nodes.map(({ name, content }) => {
      if (content instanceof Uint8Array) {
        const first = allocate(content.length);
        if (first) put(first, content);
        return { name, first, size: content.length };
      }
      const first = allocate(directorySize(content));
      const dots = [
        { name: '.', first, size: undefined },
        { name: '..', first: own, size: undefined },
      ];
      put(first, directoryEntries([...dots, ...fill(content, first)]));
      return { name, first, size: undefined };
    });

  const listed = fill(root, 0);
  bytes.set(VOLUME_LABEL(LABEL), rootStart);
  bytes.set(directoryEntries(listed), rootStart + DIRECTORY_ENTRY);
  const view = new DataView(bytes.buffer);
  for (let copy = 0; copy < FATS; copy++)
    fat.forEach((value, index) => {
      view.setUint16((RESERVED + copy * fatSectors) * SECTOR + 2 * index, value, true);
    });
  return { size: sectors * SECTOR, bytes };
}

/** The smallest that holds everything, in whole MiB. */
function geometryFor(root: readonly FatNode[], name: string): Geometry {
  const rootSize = directoryEntries(root.map(({ name }) => ({ name, first: 0, size: 0 }))).length + DIRECTORY_ENTRY;
  if (rootSize > ROOT_ENTRIES * DIRECTORY_ENTRY)
    throw new Refusal('firmware-format', { name, why: 'there is too much at its top' });
  for (const perCluster of CLUSTERS) {
    const cluster = perCluster * SECTOR;
    const wanted = needed(root, cluster);
    if (wanted > MOST_CLUSTERS) continue;
    for (let size = Math.max(LEAST, Math.ceil((wanted * cluster) / MIB) * MIB); ; size += MIB) {
      const geometry = geometryOf(size / SECTOR, perCluster);
      if (geometry.clusters > MOST_CLUSTERS) break;
      if (geometry.clusters >= wanted) return geometry;
    }
  }
  throw new Refusal('firmware-format', { name, why: 'it holds more than 2 GiB' });
}

function geometryOf(sectors: number, perCluster: number): Geometry {
  const free = sectors - RESERVED - ROOT_SECTORS;
  // Of each cluster: its sectors, and two bytes in either table.
  const fatSectors = Math.ceil((2 * (free / perCluster + FIRST)) / SECTOR);
  const clusters = Math.floor((free - FATS * fatSectors) / perCluster);
  return { sectors, cluster: perCluster * SECTOR, clusters, fatSectors };
}

/** Bytes of a subdirectory's entries, those of itself and its parent included. */
const directorySize = (nodes: readonly FatNode[]): number =>
  2 * DIRECTORY_ENTRY + directoryEntries(nodes.map(({ name }) => ({ name, first: 0, size: 0 }))).length;

/** Clusters for all that is below the root. */
function needed(nodes: readonly FatNode[], cluster: number): number {
  return nodes.reduce((sum, { content }) => {
    if (content instanceof Uint8Array) return sum + Math.ceil(content.length / cluster);
    return sum + Math.ceil(directorySize(content) / cluster) + needed(content, cluster);
  }, 0);
}

function bootSector({ sectors, cluster, fatSectors }: Geometry, offset: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(SECTOR));
  const text = (at: number, letters: string) => {
    for (let i = 0; i < letters.length; i++) view.setUint8(at + i, letters.charCodeAt(i));
  };
  text(0, '\xeb\x3c\x90STOREIMG');
  view.setUint16(11, SECTOR, true);
  view.setUint8(13, cluster / SECTOR);
  view.setUint16(14, RESERVED, true);
  view.setUint8(16, FATS);
  view.setUint16(17, ROOT_ENTRIES, true);
  view.setUint16(19, sectors < 2 ** 16 ? sectors : 0, true);
  view.setUint8(21, 0xf8); // A fixed disk.
  view.setUint16(22, fatSectors, true);
  view.setUint16(24, 63, true);
  view.setUint16(26, 255, true);
  view.setUint32(28, offset / SECTOR, true);
  view.setUint32(32, sectors < 2 ** 16 ? 0 : sectors, true);
  view.setUint8(36, 0x80);
  view.setUint8(38, 0x29); // The three fields below are there.
  view.setUint32(39, VOLUME_ID, true);
  text(43, LABEL.padEnd(11));
  text(54, 'FAT16   ');
  view.setUint16(510, 0xaa55, true);
  return new Uint8Array(view.buffer);
}
