/** The GUID partition table, twice on a disk. Source: UEFI 2.10, chapter 5. */
import { protectiveMbr } from './mbr.ts';
import { GPT, GPT_ENTRY, type Partition, SECTOR } from './partition.ts';

const ENTRIES = 128;
const ENTRY = 128;
/** Sectors of the entries, which follow the first header and precede the second. */
const TABLE = (ENTRIES * ENTRY) / SECTOR;
const HEADER = 92;
/** Partitions begin here at the earliest, as with sfdisk. */
const FIRST_USABLE = 2048;

/** Bytes at the end of the disk that no partition may have. */
export const GPT_BACKUP = (TABLE + 1) * SECTOR;

const TYPES: Readonly<Record<Partition['kind'], string>> = {
  /** Linux filesystem data. */
  root: '0fc63daf-8483-4772-8e79-3d69d8477de4',
  /** EFI system partition. */
  firmware: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
};
/** “Legacy BIOS bootable”: what U-Boot and extlinux look for. */
const BOOTABLE = 4;

/**
 * The protective MBR, the table, and its copy at the end of the disk.
 * @param uuid the filesystem's; the disk's GUID is the one after it, and the partitions' follow
 */
export function gptTables(partitions: readonly Partition[], diskBytes: number, uuid: string) {
  const sectors = diskBytes / SECTOR;
  const entries = entriesOf(partitions, uuid);
  const header = (self: number, other: number, table: number) => {
    const view = new DataView(new ArrayBuffer(SECTOR));
    [...'EFI PART'].forEach((letter, i) => {
      view.setUint8(i, letter.charCodeAt(0));
    });
    view.setUint32(GPT.revision, 0x10000, true);
    view.setUint32(GPT.size, HEADER, true);
    setLong(view, GPT.self, self);
    setLong(view, GPT.other, other);
    setLong(view, GPT.firstUsable, FIRST_USABLE);
    setLong(view, GPT.lastUsable, sectors - TABLE - 2);
    setGuid(view, GPT.guid, after(uuid, 1));
    setLong(view, GPT.entries, table);
    view.setUint32(GPT.entryCount, ENTRIES, true);
    view.setUint32(GPT.entrySize, ENTRY, true);
    view.setUint32(GPT.entriesCrc, crc32(entries), true);
    view.setUint32(GPT.crc, crc32(new Uint8Array(view.buffer, 0, HEADER)), true);
    return new Uint8Array(view.buffer);
  };
  const last = sectors - 1;
  return [
    { offset: 0, bytes: protectiveMbr(diskBytes) },
    { offset: SECTOR, bytes: header(1, last, 2) },
    { offset: 2 * SECTOR, bytes: entries },
    { offset: diskBytes - GPT_BACKUP, bytes: entries },
    { offset: last * SECTOR, bytes: header(last, 1, last - TABLE) },
  ];
}

function entriesOf(partitions: readonly Partition[], uuid: string): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(ENTRIES * ENTRY));
  partitions.forEach(({ kind, name, offset, bytes }, index) => {
    const at = index * ENTRY;
    setGuid(view, at + GPT_ENTRY.type, TYPES[kind]);
    setGuid(view, at + GPT_ENTRY.guid, after(uuid, 2 + index));
    setLong(view, at + GPT_ENTRY.first, offset / SECTOR);
    setLong(view, at + GPT_ENTRY.last, (offset + bytes) / SECTOR - 1);
    view.setUint8(at + GPT_ENTRY.attributes, kind === 'root' ? BOOTABLE : 0);
    for (let i = 0; i < name.length; i++) view.setUint16(at + GPT_ENTRY.name + 2 * i, name.charCodeAt(i), true);
  });
  return new Uint8Array(view.buffer);
}

/** The UUID that many further on, by its last eight digits. */
function after(uuid: string, distance: number): string {
  const number = (Number.parseInt(uuid.slice(-8), 16) + distance) % 2 ** 32;
  return uuid.slice(0, -8) + number.toString(16).padStart(8, '0');
}

/** The first three groups are little-endian numbers. */
function setGuid(view: DataView, at: number, guid: string): void {
  const [a, b, c, d, e] = guid.split('-') as [string, string, string, string, string];
  view.setUint32(at, Number.parseInt(a, 16), true);
  view.setUint16(at + 4, Number.parseInt(b, 16), true);
  view.setUint16(at + 6, Number.parseInt(c, 16), true);
  view.setBigUint64(at + 8, BigInt(`0x${d}${e}`));
}

const setLong = (view: DataView, at: number, value: number) => view.setBigUint64(at, BigInt(value), true);

/** CRC-32 of ISO 3309, as zlib has it. */
function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
