/** What a NixOS system in a closure is, and how it boots. Pure but for reading small files of the archive. */
export { findSystem, findSystems } from './find.ts';
export { type DeviceName, deviceName, type Mount, readFstab } from './fstab.ts';
export { rootMismatch } from './mismatch.ts';
export { type Generation, type Loaders, readSystem, type System } from './system.ts';
