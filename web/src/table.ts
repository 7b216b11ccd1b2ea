/** An image as plain data: where each of its bytes is. Any thread can open it; nothing is copied. */
import { Refusal } from '../../src/core/errors.ts';
import type { Expanding } from '../../src/core/index.ts';

export interface ImageTable {
  readonly bytes: number;
  /** Four numbers a range, in order: begin, end, index of its source, offset in that. What is in no range is zeros. */
  readonly rows: Float64Array;
  readonly sources: readonly TableSource[];
}

/** Numbers a row. */
export const ROW = 4;

/** Its rows, one after the other. */
export function* rowsOf({ rows, sources }: ImageTable) {
  for (let at = 0; at < rows.length; at += ROW)
    yield {
      start: rows[at]!,
      end: rows[at + 1]!,
      index: rows[at + 2]!,
      source: sources[rows[at + 2]!]!,
      offset: rows[at + 3]!,
    };
}

/** What bytes are read from. */
export interface TableSource {
  readonly name: string;
  readonly blob: Blob;
  /** Its name in OPFS, where the page has put it there. */
  readonly scratch?: string | undefined;
  /** How it is expanded while it is read; most are read as they are. */
  readonly expanding?: Expanding | undefined;
}

/** One Blob as an image. */
export const tableOfBlob = (blob: Blob, name: string, scratch?: string): ImageTable => ({
  bytes: blob.size,
  rows: Float64Array.of(0, blob.size, 0, 0),
  sources: [{ name, blob, scratch }],
});

/** @throws Refusal `image-gone` where an archive that the image reads was changed or moved */
export async function assertReadable({ sources }: ImageTable): Promise<void> {
  for (const { name, blob } of sources) {
    await blob
      .slice(0, 1)
      .arrayBuffer()
      .catch(({ message }: DOMException) => {
        throw new Refusal('image-gone', { name, why: message });
      });
  }
}
