/** The filesystem with all that lies around it, as one view: nothing is copied. */
import { type Firmware, filesystemOffset, layDisk } from '../disk/index.ts';
import type { Options } from '../options.ts';
import { bytesSource, mergeRanges, type Range, View } from '../storage/index.ts';

/** What is written out, before it is compressed. */
export interface Raw {
  readonly image: View;
  readonly facts: RawFacts;
}

/** What there is to know of it; plain data, for other threads too. */
export interface RawFacts {
  /** Bytes in all. */
  readonly bytes: number;
  /** The filesystem's. */
  readonly filesystem: Range;
  /** Outside of these, in order, all is zeros. */
  readonly data: readonly Range[];
  /** What a flashing tool has to write, in order: the rest may hold anything. `undefined` when it was not asked. */
  readonly mapped: readonly Range[] | undefined;
}

/**
 * @param used the filesystem's ranges that are in use, for a block map
 * @throws Refusal `disk-too-large`
 */
export function layOut(filesystem: View, options: Options, firmware?: Firmware, used?: readonly Range[]): Raw {
  const offset = filesystemOffset(options, firmware);
  const { bytes, parts } = layDisk(options, filesystem.size, firmware);
  const image = options.disk === 'none' ? filesystem : new View(filesystem.name, bytes);
  if (image !== filesystem) {
    for (const part of parts) image.map(part.offset, part.bytes.length, bytesSource('disk', part.bytes), 0);
    image.map(offset, filesystem.size, filesystem, 0);
  }
  const around = parts.map((part) => ({ offset: part.offset, length: part.bytes.length }));
  const inside = used?.map((range) => ({ offset: offset + range.offset, length: range.length }));
  const mapped = inside && mergeRanges([...around, ...inside].sort((a, b) => a.offset - b.offset));
  return {
    image,
    facts: { bytes, filesystem: { offset, length: filesystem.size }, data: image.written(), mapped },
  };
}
