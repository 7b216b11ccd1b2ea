/** A view → plain data for other threads → a view there, or one Blob. */
import { ofParts, partsOf, Refusal, type Source, View } from '../../../src/core/index.ts';
import { MOST_IN_MEMORY } from '../limits.ts';
import { type ImageTable, rowsOf, type TableSource } from '../table.ts';
import { FileSource } from './file-source.ts';

/** Bytes that are copied at once: browsers keep many small pieces badly. */
const PIECE = 4 * 2 ** 20;

/** A source as other threads open it; `undefined` of one that is in this thread's memory. */
export function portable(source: Source): TableSource | undefined {
  const { own, expanding } = partsOf(source);
  return own instanceof FileSource ? { name: own.name, blob: own.blob, scratch: own.scratch, expanding } : undefined;
}

export const openSource = ({ blob, name, expanding }: TableSource): Source =>
  ofParts(new FileSource(blob, name), expanding);

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

export function openTable(table: ImageTable, name: string): View {
  const view = new View(name, table.bytes);
  const opened = table.sources.map(openSource);
  for (const { start, end, index, offset } of rowsOf(table)) view.map(start, end - start, opened[index]!, offset);
  return view;
}

/** Bytes of zeros that a Blob is composed with. */
const ZEROS = 64 * 2 ** 20;

/**
 * The image as one Blob, composed of slices of its sources. What is expanded while it is read is copied.
 * @throws Refusal `storage-missing`, `source-unreadable`
 */
export async function asBlob(table: ImageTable): Promise<Blob> {
  const { bytes } = table;
  const opened = table.sources.map((source) => (source.expanding ? openSource(source) : undefined));
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
  for (const { start, end, index, source, offset } of rowsOf(table)) {
    fillTo(start);
    const from = opened[index];
    if (from) {
      copied += end - start;
      if (copied > MOST_IN_MEMORY.image) throw new Refusal('storage-missing', { bytes, most: MOST_IN_MEMORY.image });
      await from.prefetch!(offset, offset + end - start);
      const memory = new Gathered();
      memory.add(from, offset, end - start);
      pieces.push(memory.blob());
    } else pieces.push(source.blob.slice(offset, offset + end - start));
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
