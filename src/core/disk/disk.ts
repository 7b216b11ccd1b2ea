/**
 * Where the filesystem lies in what is written, and what lies around it. As nixpkgs' `sd-image.nix` lays a card out:
 * 8 MiB for boot loaders, a FAT partition for firmware where there is any, then ext4.
 */
import type { Options } from '../options.ts';
import { GPT_BACKUP, gptTables } from './gpt.ts';
import { mbrTable } from './mbr.ts';
import { type Partition, SECTOR } from './partition.ts';

const MIB = 2 ** 20;
/** Left to boot loaders before the first partition. */
export const GAP = 8 * MIB;

/** A FAT filesystem for firmware, ready made. */
export interface Firmware {
  /** Bytes of the partition: whole MiB. */
  readonly size: number;
  /** Its filesystem's bytes; all that follows is zeros. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Bytes at an offset of the disk. */
export interface Part {
  readonly offset: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Everything of a disk but the filesystem itself; what nothing covers is zeros. */
export interface Disk {
  /** Bytes in all. */
  readonly bytes: number;
  readonly parts: readonly Part[];
}

type Choice = Pick<Options, 'disk' | 'uuid' | 'label'>;

/** Where in the output the filesystem begins: known before its size is. */
export const filesystemOffset = ({ disk }: Choice, firmware?: Firmware): number =>
  disk === 'none' ? 0 : GAP + (firmware?.size ?? 0);

/** Which partition of a disk the filesystem is, by where it begins. */
export const rootPartition = (offset: number): number => (offset > GAP ? 2 : 1);

/** @param size bytes of the filesystem */
export function layDisk(options: Choice, size: number, firmware?: Firmware): Disk {
  const { disk, uuid, label } = options;
  if (disk === 'none') return { bytes: size, parts: [] };
  const offset = filesystemOffset(options, firmware);
  const end = offset + roundUp(size, SECTOR);
  const partitions: Partition[] = [{ kind: 'root', name: label, offset, bytes: end - offset }];
  if (firmware) partitions.unshift({ kind: 'firmware', name: 'FIRMWARE', offset: GAP, bytes: firmware.size });
  const filled = firmware ? [{ offset: GAP, bytes: firmware.bytes }] : [];
  if (disk === 'mbr') return { bytes: end, parts: [{ offset: 0, bytes: mbrTable(partitions) }, ...filled] };
  const bytes = roundUp(end + GPT_BACKUP, MIB);
  return { bytes, parts: [...gptTables(partitions, bytes, uuid), ...filled] };
}

const roundUp = (bytes: number, unit: number) => Math.ceil(bytes / unit) * unit;
