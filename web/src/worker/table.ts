/** A view → plain data for other threads → a view there, or one Blob. */
import { ofParts, partsOf, Refusal, type Source, View } from '../../../src/core/index.ts';
import { MOST_IN_MEMORY } from '../limits.ts';
import { type ImageTable, ROW, type TableSource } from '../table.ts';
import { FileSource } from './file-source.ts';

/** Bytes that are copied at once: browsers keep many small pieces badly. */
const PIECE = 4 * 2 ** 20;

/** A source as other threads open it; `undefined` of one that is in this thread's memory. */
export function portable(source: Source): TableSource | undefined {
  const { own, anew } = partsOf(source);
  return own instanceof FileSource ? { name: own.name, blob: own.blob, scratch: own.scratch, anew } : undefined;
}

export const openSource = ({ blob, name, anew }: TableSource): Source => ofParts(new FileSource(blob, name), anew);

/** What is in memory is copied, contents are not. */
export function tableOf(view: View): ImageTable {
  const memory = new Gathered();
  const rows: number[] = [];
  const sources: TableSource[] = [];
  const indices = new Map<Source, number>();
  for (const { start, end, source, offset } of view.pieces()) {
    let index = indices.get(source);
    if (index === undefined) {
      const made = portable(source);
      index = made ? sources.push(made) : 0;
      indices.set(source, index);
    }
    rows.push(start, end, index, index > 0 ? offset : memory.add(source, offset, end - start));
  }
  const copied: TableSource = { name: view.name, blob: memory.blob() };
  return { bytes: view.size, rows: Float64Array.from(rows), sources: [copied, ...sources] };
}

export function openTable({ bytes, rows, sources }: ImageTable, name: string): View {
  const view = new View(name, bytes);
  const opened = sources.map(openSource);
  for (let row = 0; row < rows.length; row += ROW) {
    const [start, end, source, offset] = rows.subarray(row, row + ROW) as unknown as [number, number, number, number];
    view.map(start, end - start, opened[source]!, offset);
  }
  return view;
}

/** Bytes of zeros that a Blob is composed with. */
const ZEROS = 64 * 2 ** 20;

/**
 * The image as one Blob, composed of slices of its sources. What is expanded while it is read is copied.
 * @throws Refusal `storage-missing`, `source-unreadable`
 */
export async function asBlob({ bytes, rows, sources }: ImageTable): Promise<Blob> {
  const opened = sources.map((source) => (source.anew ? openSource(source) : undefined));
  const pieces: Blob[] = [];
  let zeros: Blob | undefined;
  let at = 0;
  let copied = 0;
  const fillTo = (end: number) => {
    while (at < end) {
      zeros ??= new Blob([new Uint8Array(Math.min(ZEROS, bytes))]);
      pieces.push(zeros.slice(0, end - at));
      at = Math.min(end, at + ZEROS);
    }
  };
  for (let row = 0; row < rows.length; row += ROW) {
    const [start, end, source, offset] = rows.subarray(row, row + ROW) as unknown as [number, number, number, number];
    fillTo(start);
    const from = opened[source];
    if (from) {
      copied += end - start;
      if (copied > MOST_IN_MEMORY.image) throw new Refusal('storage-missing', { bytes, most: MOST_IN_MEMORY.image });
      await from.prefetch!(offset, offset + end - start);
      const memory = new Gathered();
      memory.add(from, offset, end - start);
      pieces.push(memory.blob());
    } else pieces.push(sources[source]!.blob.slice(offset, offset + end - start));
    at = end;
  }
  fillTo(bytes);
  // Without a type a browser guesses one, and adds its ending to the file's name.
  return new Blob(pieces, { type: 'application/octet-stream' });
}

/** Bytes that are put one behind the other. */
class Gathered {
  readonly #pieces: Blob[] = [];
  #buffer = new Uint8Array(PIECE);
  #length = 0;
  #before = 0;

  /** Returns where they begin. */
  add(source: Source, offset: number, length: number): number {
    const at = this.#before + this.#length;
    for (let done = 0; done < length; ) {
      if (this.#length === PIECE) this.#hand();
      const piece = this.#buffer.subarray(this.#length, this.#length + length - done);
      source.read(offset + done, piece);
      this.#length += piece.length;
      done += piece.length;
    }
    return at;
  }

  blob(): Blob {
    this.#hand();
    return new Blob(this.#pieces);
  }

  #hand(): void {
    if (this.#length > 0) this.#pieces.push(new Blob([this.#buffer.subarray(0, this.#length)]));
    this.#before += this.#length;
    this.#length = 0;
  }
}
