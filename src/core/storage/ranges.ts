import type { Range } from './index.ts';

/**
 * Ranges in order, those that touch or overlap made one.
 * @param gap bytes between two ranges up to which they are joined, too
 */
export function mergeRanges(ordered: Iterable<Range>, gap = 0): Range[] {
  const merged: { offset: number; length: number }[] = [];
  for (const { offset, length } of ordered) {
    const last = merged.at(-1);
    if (last && last.offset + last.length + gap >= offset)
      last.length = Math.max(last.length, offset + length - last.offset);
    else merged.push({ offset, length });
  }
  return merged;
}
