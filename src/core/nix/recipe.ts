/**
 * A store path's NAR as plain data: framing bytes, and where the contents between them lie. It can be handed to
 * another thread, which needs nothing else of the index to hash and search it.
 */
import { type Children, type Node, piecesOf } from '../archive/index.ts';
import { type ByteString, toBytes } from '../bytes.ts';
import type { Source } from '../storage/index.ts';
import { frameLength, narPieces, type ShortFrame } from './nar.ts';

export interface NarRecipe {
  readonly storePath: ByteString;
  /** All framing, in short, end to end. */
  readonly frames: Uint8Array<ArrayBuffer>;
  /** For each content, or piece of a sparse one, `STEP` numbers: length of the short frame before it, index of its source, its offset, its size. */
  readonly steps: Float64Array<ArrayBuffer>;
  /** The whole NAR's length in bytes. */
  readonly narSize: number;
}

/** In place of a source's index: the step is a hole. */
export const ZEROS = -1;
/** Numbers a step. */
export const STEP = 4;

/** Where a recipe's contents lie: `[index of the source, offset, size]`, in the NAR's order. */
export function* contentsOf({ steps }: NarRecipe): Generator<readonly [source: number, offset: number, size: number]> {
  for (let at = 0; at < steps.length; at += STEP) {
    if (steps[at + 1] !== ZEROS) yield [steps[at + 1]!, steps[at + 2]!, steps[at + 3]!];
  }
}

/** The recipe of the store path at `root`, and the nodes whose contents its steps are. */
export function narRecipe(
  storePath: ByteString,
  root: Node,
  children: Children,
  sources: readonly Source[],
): { recipe: NarRecipe; contents: readonly Node[] } {
  let frames: ShortFrame = '';
  const steps: number[] = [];
  const contents: Node[] = [];
  let narSize = 0;
  let frame = 0;
  for (const piece of narPieces(root, children)) {
    if (typeof piece === 'string') {
      frames += piece;
      frame = piece.length;
      narSize += frameLength(piece);
      continue;
    }
    const { inode } = piece;
    if (inode.type !== 'file') throw new Error('only files have contents');
    const source = sources.indexOf(inode.source);
    for (const [offset, length] of piecesOf(inode)) {
      steps.push(frame, offset === undefined ? ZEROS : source, offset ?? 0, length);
      contents.push(piece);
      frame = 0;
    }
    narSize += inode.size;
  }
  return { recipe: { storePath, frames: toBytes(frames), steps: Float64Array.from(steps), narSize }, contents };
}

/**
 * The recipes as shares of about the same number of bytes, one for each thread: the largest are given out first, each to
 * the thread that has the least. Each share is in the recipes' own order, so that archives are read front to back.
 */
export function shares(recipes: readonly NarRecipe[], threads: number): NarRecipe[][] {
  const made = Array.from({ length: Math.max(1, Math.min(threads, recipes.length)) }, () => ({
    bytes: 0,
    indices: [] as number[],
  }));
  const order = recipes.map((_, index) => index).sort((a, b) => recipes[b]!.narSize - recipes[a]!.narSize);
  for (const index of order) {
    const least = made.reduce((a, b) => (b.bytes < a.bytes ? b : a));
    least.bytes += recipes[index]!.narSize;
    least.indices.push(index);
  }
  return made.map(({ indices }) => indices.sort((a, b) => a - b).map((index) => recipes[index]!));
}
