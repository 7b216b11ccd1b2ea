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

/** A recipe, and the nodes whose contents its steps are. */
export interface MadeRecipe {
  readonly recipe: NarRecipe;
  readonly contents: readonly Node[];
}

/** The recipe of the store path at `root`. */
export function narRecipe(
  storePath: ByteString,
  root: Node,
  children: Children,
  sources: readonly Source[],
): MadeRecipe {
  const steps = new Steps(sources);
  let frames: ShortFrame = '';
  let framing = 0;
  let frame = 0;
  for (const piece of narPieces(root, children)) {
    if (typeof piece === 'string') {
      frames += piece;
      frame = piece.length;
      framing += frameLength(piece);
    } else steps.add(piece, frame);
  }
  return steps.recipe(storePath, toBytes(frames), framing);
}

/** A recipe without a store path, for files that are in none: only where they are zeros matters. */
export function otherContents(files: Iterable<Node>, sources: readonly Source[]): MadeRecipe {
  const steps = new Steps(sources);
  for (const file of files) steps.add(file, 1);
  return steps.recipe('', new Uint8Array(), 0);
}

class Steps {
  readonly #sources: readonly Source[];
  readonly #steps: number[] = [];
  readonly #contents: Node[] = [];
  #bytes = 0;

  constructor(sources: readonly Source[]) {
    this.#sources = sources;
  }

  /** @param frame length of the short frame before the content; more than 0, by which a file's first step is known */
  add(file: Node, frame: number): void {
    const { inode } = file;
    if (inode.type !== 'file') throw new Error('only files have contents');
    const source = this.#sources.indexOf(inode.source);
    let before = frame;
    for (const [offset, length] of piecesOf(inode)) {
      this.#steps.push(before, offset === undefined ? ZEROS : source, offset ?? 0, length);
      this.#contents.push(file);
      before = 0;
    }
    this.#bytes += inode.size;
  }

  /** @param framing bytes of the NAR that are no content */
  recipe(storePath: ByteString, frames: NarRecipe['frames'], framing: number): MadeRecipe {
    const narSize = framing + this.#bytes;
    return { recipe: { storePath, frames, steps: Float64Array.from(this.#steps), narSize }, contents: this.#contents };
  }
}
