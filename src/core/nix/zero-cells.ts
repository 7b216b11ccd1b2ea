/** Finds the cells of a file that are all zeros, while its bytes pass by. */
import { CELL } from '../archive/index.ts';

/** Collects rows `[step, first cell, behind the last cell]`, for one file after another. */
export class ZeroFinder {
  readonly #rows: number[] = [];
  #step = 0;
  #position = 0;
  /** Whether the cell that is not complete has been zeros so far. */
  #isZero = true;
  /** First cell of the run of zeros that goes on; -1 where there is none. */
  #from = -1;

  /** Begins a file. @param step its first step, by which it is known */
  begin(step: number): void {
    this.#end();
    this.#step = step;
  }

  /** Takes the file's next bytes. */
  bytes(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const end = Math.min(bytes.length, at + CELL - (this.#position % CELL));
      if (this.#isZero && !isZeroRange(bytes, at, end)) this.#isZero = false;
      this.#advance(end - at);
      at = end;
    }
  }

  /** Takes so many zeros. */
  hole(length: number): void {
    const toBorder = Math.min(length, -this.#position & (CELL - 1));
    if (toBorder > 0) this.#advance(toBorder);
    const rest = length - toBorder;
    const cells = Math.floor(rest / CELL);
    if (cells > 0) {
      if (this.#from < 0) this.#from = this.#position / CELL;
      this.#position += cells * CELL;
    }
    if (rest % CELL > 0) this.#advance(rest % CELL);
  }

  /** Ends the last file; returns the rows of all of them. */
  finish(): Float64Array<ArrayBuffer> {
    this.#end();
    return Float64Array.from(this.#rows.splice(0));
  }

  #end(): void {
    if (this.#position % CELL > 0) this.#endCell(Math.floor(this.#position / CELL));
    this.#endRun(Math.ceil(this.#position / CELL));
    this.#position = 0;
    this.#isZero = true;
  }

  /** Goes on within a cell, at most to its end. */
  #advance(length: number): void {
    this.#position += length;
    if (this.#position % CELL === 0) this.#endCell(this.#position / CELL - 1);
  }

  #endCell(cell: number): void {
    if (!this.#isZero) this.#endRun(cell);
    else if (this.#from < 0) this.#from = cell;
    this.#isZero = true;
  }

  #endRun(cell: number): void {
    if (this.#from >= 0) this.#rows.push(this.#step, this.#from, cell);
    this.#from = -1;
  }
}

function isZeroRange(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (bytes[at] !== 0) return false;
  return true;
}
