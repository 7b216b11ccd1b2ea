/** A file's content as a source of its own. */
import { readStart, type Source } from '../storage/index.ts';
import { firstEndingAfter } from './data-blocks.ts';
import type { Entry } from './entry.ts';

/** Where a content's zeros end and its bytes are: `[offset in the source, or undefined for zeros, length]` in order. */
export function* piecesOf({ size, offset, segments }: Entry): Generator<readonly [number | undefined, number]> {
  let done = 0;
  for (const segment of segments ?? [{ at: 0, offset, length: size }]) {
    if (segment.at > done) yield [undefined, segment.at - done];
    if (segment.length > 0) yield [segment.offset, segment.length];
    done = segment.at + segment.length;
  }
  if (size > done) yield [undefined, size - done];
}

/** The content of a file, holes read as zeros and known as holes. */
export function contentOf({ source, size, offset, segments }: Entry): Source {
  const { name } = source;
  if (!segments) return { name, size, read: (at, into) => source.read(offset + at, into) };
  return {
    name,
    size,
    read(at, into) {
      into.fill(0);
      const end = at + into.length;
      for (let i = firstEndingAfter(segments, at); i < segments.length && segments[i]!.at < end; i++) {
        const segment = segments[i]!;
        const from = Math.max(at, segment.at);
        const to = Math.min(end, segment.at + segment.length);
        source.read(segment.offset + from - segment.at, into.subarray(from - at, to - at));
      }
    },
    nextData(at) {
      const segment = segments[firstEndingAfter(segments, at)];
      return segment && Math.max(at, segment.at);
    },
    nextHole(at) {
      let hole = at;
      for (let i = firstEndingAfter(segments, at); i < segments.length && segments[i]!.at <= hole; i++) {
        hole = segments[i]!.at + segments[i]!.length;
      }
      return hole;
    },
  };
}

/** All of a small file's content. */
export async function readContent(file: Entry): Promise<Uint8Array<ArrayBuffer>> {
  const { source, offset, size, segments } = file;
  if (!segments) await source.prefetch?.(offset, offset + size);
  return readStart(contentOf(file));
}

/** A batch ends when its contents reach this many bytes, or with this many items: then waiting is possible. */
const BATCH_BYTES = 8 * 2 ** 20;
const BATCH_ITEMS = 512;

/**
 * Items in batches, the last of them perhaps empty; what a batch reads of the archives is fetched before it is given.
 * @param contentOf the entry whose content an item reads, if any
 */
export async function* fetchedBatches<T>(
  items: Iterable<T>,
  contentOf: (item: T) => Entry | undefined,
): AsyncGenerator<readonly T[]> {
  let batch: T[] = [];
  let contents: Entry[] = [];
  let bytes = 0;
  const fetch = async () => {
    for (const { source, start, end } of spansOf(contents)) await source.prefetch?.(start, end);
  };
  for (const item of items) {
    batch.push(item);
    const content = contentOf(item);
    if (content) {
      contents.push(content);
      bytes += content.size;
    }
    if (bytes < BATCH_BYTES && batch.length < BATCH_ITEMS) continue;
    await fetch();
    yield batch;
    batch = [];
    contents = [];
    bytes = 0;
  }
  await fetch();
  yield batch;
}

/** Contents further apart than this are fetched by themselves. */
const NEAR = 8 * 2 ** 20;

/** The ranges of the archives that contents lie in, joined where they follow each other but for headers. */
function spansOf(entries: Iterable<Entry>): { source: Source; start: number; end: number }[] {
  const found: { source: Source; start: number; end: number }[] = [];
  for (const { source, size, offset, segments = [{ offset, length: size }] } of entries) {
    for (const { offset: start, length } of segments) {
      const last = found.at(-1);
      if (last && last.source === source && start >= last.end && start - last.end <= NEAR) last.end = start + length;
      else found.push({ source, start, end: start + length });
    }
  }
  return found;
}
