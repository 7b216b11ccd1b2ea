/** What both partition tables describe. */

/** Bytes of a sector: what partition tables count in. */
export const SECTOR = 512;

export interface Partition {
  /** `root`: the ext4 filesystem. `firmware`: the FAT one that firmware reads. */
  readonly kind: 'root' | 'firmware';
  /** The name that a GPT gives it. */
  readonly name: string;
  /** Whole sectors both. */
  readonly offset: number;
  readonly bytes: number;
}
