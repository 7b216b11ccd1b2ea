/** Where a disk's partitions lie. */
import type { BlockStore, Range, Source } from '../storage/index.ts';
import { GPT, GPT_ENTRY, MBR, MBR_ENTRY, MBR_SIGNATURE, PROTECTIVE, SECTOR } from './partition.ts';

export type Readable = Pick<BlockStore | Source, 'size' | 'read'>;

/** Entries of a GPT that are looked at: as many as everyone makes. */
const MOST_ENTRIES = 128;

/**
 * In the table's order, what the disk has of each: one that was cut off lacks the end. None without a table; logical
 * partitions are not looked for.
 */
export function findPartitions(disk: Readable): Range[] {
  const mbr = view(disk, 0, SECTOR);
  if (mbr?.getUint16(MBR.signature, true) !== MBR_SIGNATURE) return [];
  const entries = Array.from({ length: MBR.entryCount }, (_, index) => MBR.entries + index * MBR.entrySize);
  const found = entries.some((at) => mbr.getUint8(at + MBR_ENTRY.type) === PROTECTIVE)
    ? gptPartitions(disk)
    : entries.map((at) => ({
        offset: mbr.getUint32(at + MBR_ENTRY.first, true) * SECTOR,
        length: mbr.getUint32(at + MBR_ENTRY.sectors, true) * SECTOR,
      }));
  return found
    .filter(({ offset, length }) => length > 0 && offset > 0 && offset < disk.size)
    .map(({ offset, length }) => ({ offset, length: Math.min(length, disk.size - offset) }));
}

function gptPartitions(disk: Readable): Range[] {
  const header = view(disk, SECTOR, SECTOR);
  if (!header) return [];
  const size = header.getUint32(GPT.entrySize, true);
  const count = Math.min(header.getUint32(GPT.entryCount, true), MOST_ENTRIES);
  const start = sectorAt(header, GPT.entries) * SECTOR;
  return Array.from({ length: count }, (_, index) => {
    const entry = view(disk, start + index * size, GPT_ENTRY.last + 8);
    if (!entry) return { offset: 0, length: 0 };
    const first = sectorAt(entry, GPT_ENTRY.first);
    const isUsed = first > 0;
    return { offset: first * SECTOR, length: isUsed ? (sectorAt(entry, GPT_ENTRY.last) + 1 - first) * SECTOR : 0 };
  });
}

const sectorAt = (bytes: DataView, at: number) => Number(bytes.getBigUint64(at, true));

function view(disk: Readable, offset: number, length: number): DataView | undefined {
  if (offset + length > disk.size) return undefined;
  const bytes = new Uint8Array(length);
  disk.read(offset, bytes);
  return new DataView(bytes.buffer);
}
