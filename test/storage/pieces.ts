/** A store's bytes in order, `undefined` where it holds nothing but zeros: `[bytes or hole, length]`. */
import type { SparseStore } from '../../src/core/index.ts';

const PIECE = 2 ** 20;

export function* piecesOf(
  store: Pick<SparseStore, 'size' | 'read' | 'written'>,
): Generator<[Uint8Array<ArrayBuffer> | undefined, number]> {
  let end = 0;
  for (const { offset, length } of store.written()) {
    if (offset > end) yield [undefined, offset - end];
    end = Math.min(offset + length, store.size);
    for (let at = offset; at < end; at += PIECE) {
      const bytes = new Uint8Array(Math.min(PIECE, end - at));
      store.read(at, bytes);
      yield [bytes, bytes.length];
    }
  }
  if (store.size > end) yield [undefined, store.size - end];
}

/** All of them. */
export const contentsOf = (store: Parameters<typeof piecesOf>[0]): Buffer =>
  Buffer.concat(Array.from(piecesOf(store), ([piece, length]) => piece ?? new Uint8Array(length)));
