/**
 * A store path's NAR as plain data: framing bytes, and where the contents between them lie. It can be handed to
 * another thread, which needs nothing else of the index to hash and search it.
 */
import { type Node, piecesOf } from '../archive/index.ts';
import type { ByteString } from '../bytes.ts';
import type { Source } from '../storage/index.ts';
import { type Children, narPieces } from './nar.ts';

export interface NarRecipe {
  readonly storePath: ByteString;
  /** All framing, end to end. */
  readonly frames: Uint8Array<ArrayBuffer>;
  /** For each content, or piece of a sparse one, `STEP` numbers: length of the frame before it, index of its source, its offset, its size. */
  readonly steps: Float64Array<ArrayBuffer>;
  /** The whole NAR's length in bytes. */
  readonly narSize: number;
}

/** In place of a source's index: the step is a hole. */
export const ZEROS = -1;
/** Numbers a step. */
export const STEP = 4;

/** The recipe of the store path at `root`, and the nodes whose contents its steps are. */
export function narRecipe(
  storePath: ByteString,
  root: Node,
  children: Children,
  sources: readonly Source[],
): { recipe: NarRecipe; contents: readonly Node[] } {
  const frames: Uint8Array[] = [];
  const steps: number[] = [];
  const contents: Node[] = [];
  let narSize = 0;
  for (const piece of narPieces(root, children)) {
    if (piece instanceof Uint8Array) {
      frames.push(piece);
      narSize += piece.length;
      continue;
    }
    const { inode } = piece;
    if (inode.type !== 'file') throw new Error('only files have contents');
    const source = sources.indexOf(inode.source);
    let frame = frames.at(-1)!.length;
    for (const [offset, length] of piecesOf(inode)) {
      steps.push(frame, offset === undefined ? ZEROS : source, offset ?? 0, length);
      contents.push(piece);
      frame = 0;
    }
    narSize += inode.size;
  }
  return { recipe: { storePath, frames: joined(frames), steps: Float64Array.from(steps), narSize }, contents };
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
