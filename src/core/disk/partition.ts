/** What both partition tables describe. */

/** Bytes of a sector: what partition tables count in. */
export const SECTOR = 512;

/** Offsets in a PC's first sector, and in an entry of its table. Source: UEFI 2.10, chapter 5.2. */
export const MBR = { diskId: 440, entries: 446, signature: 510, entrySize: 16, entryCount: 4 } as const;
export const MBR_ENTRY = { firstCylinder: 1, type: 4, lastCylinder: 5, first: 8, sectors: 12 } as const;
export const MBR_SIGNATURE = 0xaa55;
/** The type of an MBR's entry over a disk that has a GPT. */
export const PROTECTIVE = 0xee;

/** Offsets in a GPT's header, and in its entries. Source: UEFI 2.10, chapter 5.3. */
export const GPT = {
  revision: 8,
  size: 12,
  crc: 16,
  self: 24,
  other: 32,
  firstUsable: 40,
  lastUsable: 48,
  guid: 56,
  entries: 72,
  entryCount: 80,
  entrySize: 84,
  entriesCrc: 88,
} as const;
export const GPT_ENTRY = { type: 0, guid: 16, first: 32, last: 40, attributes: 48, name: 56 } as const;

export interface Partition {
  /** `root`: the ext4 filesystem. `firmware`: the FAT one that firmware reads. */
  readonly kind: 'root' | 'firmware';
  /** The name that a GPT gives it. */
  readonly name: string;
  /** Whole sectors both. */
  readonly offset: number;
  readonly bytes: number;
}
