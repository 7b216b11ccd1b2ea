/** The finished image with all that lies around it, where it was made: nothing is copied. */

import { type Firmware, filesystemOffset, layDisk } from '../disk/index.ts';
import type { Options } from '../options.ts';
import { type BlockStore, mergeRanges, OffsetStore, type Range, type SparseStore } from '../storage/index.ts';

/** What a host has to know of the finished bytes to hand them on; plain data, for other threads too. */
export interface Raw {
  /** Bytes in all. */
  readonly bytes: number;
  /** The filesystem's. */
  readonly filesystem: Range;
  /** Outside of these, in order, all is zeros. */
  readonly data: readonly Range[];
  /** What a flashing tool has to write, in order: the rest may hold anything. `undefined` when it was not asked. */
  readonly mapped: readonly Range[] | undefined;
}

/** The store that the filesystem is made on. @param whole ends where the filesystem does */
export function filesystemStore(whole: BlockStore, options: Options, firmware?: Firmware): BlockStore {
  const offset = filesystemOffset(options, firmware);
  return offset === 0 ? whole : new OffsetStore(whole, offset);
}

/**
 * Writes what belongs around the finished filesystem.
 * @param used the filesystem's ranges that are in use, for a block map
 */
export function finishRaw(whole: SparseStore, options: Options, firmware?: Firmware, used?: readonly Range[]): Raw {
  const offset = filesystemOffset(options, firmware);
  const filesystem = { offset, length: whole.size - offset };
  const { bytes, parts } = layDisk(options, filesystem.length, firmware);
  if (bytes !== whole.size) whole.resize(bytes);
  for (const part of parts) whole.write(part.offset, part.bytes);
  whole.flush();
  const around = parts.map((part) => ({ offset: part.offset, length: part.bytes.length }));
  const inside = used?.map((range) => ({ offset: offset + range.offset, length: range.length }));
  const mapped = inside && mergeRanges([...around, ...inside].sort((a, b) => a.offset - b.offset));
  return { bytes, filesystem, data: whole.written(), mapped };
}
