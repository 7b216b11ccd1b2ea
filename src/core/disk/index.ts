/** A disk as a pure layout: the partition tables and the firmware partition around a filesystem; such tables read. */
export { type Firmware, filesystemOffset, layDisk, rootPartition } from './disk.ts';
export type { FatNode } from './fat.ts';
export { makeFirmware, readFirmware } from './firmware.ts';
export { SECTOR } from './partition.ts';
export { findPartitions } from './partitions.ts';
