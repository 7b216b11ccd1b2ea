/**
 * A Blob read front to back into given buffers: memory that was used before is several times as fast as new memory.
 * Where the engine can't stream into given buffers, it is read piece by piece: WebKit's streams take in all of a Blob as
 * soon as they are there, however slowly they are read.
 */
export class BlobStream {
  /** Chromium forgets a read that is under way when nothing but its own promise leads to the stream: these do. */
  static readonly #open = new Map<BlobStream, ReadableStream>();
  static readonly #canFill = canFill();

  /** Offset of the next byte that comes. */
  at: number;
  readonly #blob: Blob;
  readonly #reader: ReadableStreamBYOBReader | undefined;

  constructor(blob: Blob, at: number) {
    this.#blob = blob;
    this.at = at;
    if (!BlobStream.#canFill) return;
    const stream = blob.slice(at).stream();
    this.#reader = stream.getReader({ mode: 'byob' });
    BlobStream.#open.set(this, stream);
  }

  /** Reads until `buffer`, which is taken over, is full or the Blob ends. Rejects with the browser's `DOMException`. */
  async read(buffer: ArrayBuffer): Promise<Uint8Array<ArrayBuffer>> {
    const length = Math.min(buffer.byteLength, this.#blob.size - this.at);
    let bytes: Uint8Array<ArrayBuffer>;
    if (this.#reader) bytes = await fill(this.#reader, buffer, length);
    else bytes = new Uint8Array(await this.#blob.slice(this.at, this.at + length).arrayBuffer());
    this.at += length;
    return bytes;
  }

  cancel(): void {
    BlobStream.#open.delete(this);
    this.#reader?.cancel().catch(() => {}); // It was to end anyway.
  }
}

/** Whether this engine's Blobs stream into given buffers. */
function canFill(): boolean {
  try {
    new Blob().stream().getReader({ mode: 'byob' });
    return true;
  } catch {
    return false;
  }
}

async function fill(reader: ReadableStreamBYOBReader, buffer: ArrayBuffer, length: number) {
  let bytes = new Uint8Array(buffer, 0, 0);
  while (bytes.length < length) {
    const at = bytes.length;
    const { value } = await reader.read(new Uint8Array(bytes.buffer, at, length - at));
    if (!value?.length) throw new DOMException('it became shorter', 'NotReadableError');
    bytes = new Uint8Array(value.buffer as ArrayBuffer, 0, at + value.length);
  }
  return bytes;
}
