/** image → what a person gets: in a partition table or not, compressed or not, hashed and mapped. */
export { COMPRESSIONS, makeCompressor } from './compressor.ts';
export { type Delivery, type DeliveryHost, deliver } from './deliver.ts';
export type { Firmware } from './disk.ts';
export { filesystemOffset, layDisk } from './disk.ts';
export type { FatNode } from './fat.ts';
export { makeFirmware, readFirmware } from './firmware.ts';
export { imageName } from './name.ts';
export { SECTOR } from './partition.ts';
export { findPartitions } from './partitions.ts';
export { filesystemStore, finishRaw, type Raw } from './raw.ts';
