/** Where a disk's partitions lie. Source of both tables: UEFI 2.10, chapter 5. */
import type { BlockStore, Range, Source } from '../storage/index.ts';

export type Readable = Pick<BlockStore | Source, 'size' | 'read'>;

const SECTOR = 512;
const MBR = { signature: 510, entries: 446, entrySize: 16, count: 4, type: 4, first: 8, sectors: 12 } as const;
/** The type of an MBR's entry over a disk that has a GPT. */
const PROTECTIVE = 0xee;
const GPT = { entries: 72, count: 80, entrySize: 84, first: 32, last: 40 } as const;
/** Entries of a GPT that are looked at: as many as everyone makes. */
const MOST_ENTRIES = 128;

/**
 * In the table's order, what the disk has of each: one that was cut off lacks the end. None without a table; logical
 * partitions are not looked for.
 */
export function findPartitions(disk: Readable): Range[] {
  const mbr = view(disk, 0, SECTOR);
  if (mbr?.getUint16(MBR.signature, true) !== 0xaa55) return [];
  const entries = Array.from({ length: MBR.count }, (_, index) => MBR.entries + index * MBR.entrySize);
  const found = entries.some((at) => mbr.getUint8(at + MBR.type) === PROTECTIVE)
    ? gptPartitions(disk)
    : entries.map((at) => ({
        offset: mbr.getUint32(at + MBR.first, true) * SECTOR,
        length: mbr.getUint32(at + MBR.sectors, true) * SECTOR,
      }));
  return found
    .filter(({ offset, length }) => length > 0 && offset > 0 && offset < disk.size)
    .map(({ offset, length }) => ({ offset, length: Math.min(length, disk.size - offset) }));
}

function gptPartitions(disk: Readable): Range[] {
  const header = view(disk, SECTOR, SECTOR);
  if (!header) return [];
  const size = header.getUint32(GPT.entrySize, true);
  const count = Math.min(header.getUint32(GPT.count, true), MOST_ENTRIES);
  const start = sectorAt(header, GPT.entries) * SECTOR;
  return Array.from({ length: count }, (_, index) => {
    const entry = view(disk, start + index * size, GPT.last + 8);
    if (!entry) return { offset: 0, length: 0 };
    const first = sectorAt(entry, GPT.first);
    const isUsed = first > 0;
    return { offset: first * SECTOR, length: isUsed ? (sectorAt(entry, GPT.last) + 1 - first) * SECTOR : 0 };
  });
}

const sectorAt = (bytes: DataView, at: number) => Number(bytes.getBigUint64(at, true));

function view(disk: Readable, offset: number, length: number): DataView | undefined {
  if (offset + length > disk.size) return undefined;
  const bytes = new Uint8Array(length);
  disk.read(offset, bytes);
  return new DataView(bytes.buffer);
}
