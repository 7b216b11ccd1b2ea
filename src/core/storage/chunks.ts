/**
 * Cuts a range at the borders of chunks of `chunk` bytes.
 * @param visit gets the chunk's index, where in it the piece begins, its length, and how much of the range came before
 */
export function eachPiece(
  chunk: number,
  offset: number,
  length: number,
  visit: (index: number, from: number, length: number, done: number) => void,
): void {
  for (let done = 0; done < length; ) {
    const at = offset + done;
    const from = at % chunk;
    const piece = Math.min(chunk - from, length - done);
    visit((at - from) / chunk, from, piece, done);
    done += piece;
  }
}
