/** The partition table of the PC's first sector. Source: util-linux' libfdisk/src/dos.c, whose bytes these are. */
import { Refusal } from '../errors.ts';
import { MBR, MBR_ENTRY, MBR_SIGNATURE, type Partition, PROTECTIVE, SECTOR } from './partition.ts';

const BOOTABLE = 0x80;
const TYPES: Readonly<Record<Partition['kind'], number>> = { root: 0x83, firmware: 0x0b };

/** nixpkgs' own, in `nixos/modules/installer/sd-card/sd-image.nix`. */
const SD_IMAGE_ID = 0x2178694e;

/** What 32 bits of sectors can say. */
const MOST_SECTORS = 2 ** 32 - 1;

const sector = (fill: (view: DataView<ArrayBuffer>) => void): Uint8Array<ArrayBuffer> => {
  const view = new DataView(new ArrayBuffer(SECTOR));
  fill(view);
  view.setUint16(MBR.signature, MBR_SIGNATURE, true);
  return new Uint8Array(view.buffer);
};

/** @throws Refusal `disk-too-large` beyond 2 TiB */
export function mbrTable(partitions: readonly Partition[]): Uint8Array<ArrayBuffer> {
  return sector((view) => {
    view.setUint32(MBR.diskId, SD_IMAGE_ID, true);
    partitions.forEach(({ kind, offset, bytes }, index) => {
      const at = MBR.entries + index * MBR.entrySize;
      const first = offset / SECTOR;
      const count = bytes / SECTOR;
      if (first + count > MOST_SECTORS) throw new Refusal('disk-too-large', { bytes: offset + bytes });
      view.setUint8(at, kind === 'root' ? BOOTABLE : 0);
      setCylinder(view, at + MBR_ENTRY.firstCylinder, first);
      view.setUint8(at + MBR_ENTRY.type, TYPES[kind]);
      setCylinder(view, at + MBR_ENTRY.lastCylinder, first + count - 1);
      view.setUint32(at + MBR_ENTRY.first, first, true);
      view.setUint32(at + MBR_ENTRY.sectors, count, true);
    });
  });
}

/** One entry over the whole disk, for those who don't know GPT. */
export function protectiveMbr(diskBytes: number): Uint8Array<ArrayBuffer> {
  return sector((view) => {
    setCylinder(view, MBR.entries + MBR_ENTRY.firstCylinder, 1);
    view.setUint8(MBR.entries + MBR_ENTRY.type, PROTECTIVE);
    view.setUint32(MBR.entries + MBR_ENTRY.lastCylinder, 0xffffff, true);
    view.setUint32(MBR.entries + MBR_ENTRY.first, 1, true);
    view.setUint32(MBR.entries + MBR_ENTRY.sectors, Math.min(diskBytes / SECTOR - 1, MOST_SECTORS), true);
  });
}

const HEADS = 255;
const SECTORS = 63;
const LAST_CYLINDER = 1023;

/** A sector as cylinder, head and sector; beyond what they can say, the last there is. */
function setCylinder(view: DataView, at: number, lba: number): void {
  const cylinder = Math.floor(lba / (HEADS * SECTORS));
  const [head, within, track] =
    cylinder > LAST_CYLINDER
      ? [HEADS - 1, SECTORS, LAST_CYLINDER]
      : [Math.floor(lba / SECTORS) % HEADS, (lba % SECTORS) + 1, cylinder];
  view.setUint8(at, head);
  view.setUint8(at + 1, within | ((track >> 2) & 0xc0));
  view.setUint8(at + 2, track & 0xff);
}
