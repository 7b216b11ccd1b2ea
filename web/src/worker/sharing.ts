/**
 * Two workers that read the same contents, one after the other: slices that the first keeps no more go to the second,
 * and their buffers come back to be filled again. So contents are read from their Files once.
 */
import { type AnalysisJob, contentsOf, type NarRecipe } from '../../../src/core/index.ts';
import { type FileSource, SLICE, type Slice } from './file-source.ts';

/** Slices of a File that the first worker keeps: 40 MiB, most of which are fetched ahead for a large content. */
const MOST_KEPT = 20;
/** Slices that the second may have of the first at a time: 48 MiB. A NAR has contents in another order than archives. */
const MOST_LENT = 24;
/** Slices that the second keeps of what it reads by itself, since the first had too much before it: 16 MiB. */
const MOST_OWN = 8;

/** A slice of the File of this number, or none if it won't come. In its place `undefined`: nothing more will come. */
type Passed = { readonly file: number; readonly index: number; readonly slice: Slice | undefined } | undefined;

/** A buffer that comes back. */
type Returned = { readonly file: number; readonly buffer: ArrayBuffer };

/** In the first worker, which never waits for the second. What is returned ends it: all that is kept is then passed. */
export function passOn(sources: readonly FileSource[], port: MessagePort): () => void {
  let lent = 0;
  port.onmessage = ({ data: { file, buffer } }: MessageEvent<Returned>) => {
    lent--;
    sources[file]!.reuse(buffer);
  };
  sources.forEach((source, file) => {
    const passed = new Set<number>();
    // What indexing has left behind is needed last.
    source.dropIf((index) => index >= MOST_KEPT);
    source.share({
      most: MOST_KEPT,
      take(index, slice) {
        if (passed.has(index)) return false;
        passed.add(index);
        // The last one's buffer may be smaller.
        const isLent = lent < MOST_LENT && slice.buffer.byteLength === SLICE;
        if (isLent) lent++;
        const message: Passed = { file, index, slice: isLent ? slice : undefined };
        port.postMessage(message, isLent ? [slice.buffer] : []);
        return isLent;
      },
    });
  });
  return () => {
    for (const source of sources) {
      source.dropIf(() => true);
      source.share(undefined);
    }
    port.postMessage(undefined satisfies Passed);
  };
}

/** In the second worker. To be called after each recipe: its contents are needed no more. */
export function takeOver({ recipes }: AnalysisJob, sources: readonly FileSource[], port: MessagePort): () => void {
  // How often each slice is still needed.
  const needs = sources.map(({ size }) => new Uint32Array(Math.ceil(size / SLICE)));
  for (const recipe of recipes) for (const [file, index] of slicesOf(recipe)) needs[file]![index]!++;
  const giveBack = (file: number, { buffer }: Slice) => port.postMessage({ file, buffer } satisfies Returned, [buffer]);
  const passed = sources.map(() => new Set<number>());
  const lent = sources.map(() => new Set<number>());
  const waiting = new Map<string, () => void>();
  let isOver = false;
  sources.forEach((source, file) => {
    source.share({
      most: MOST_LENT + MOST_OWN,
      awaited(index) {
        if (isOver || passed[file]!.has(index)) return undefined;
        return new Promise((resolve) => waiting.set(`${file} ${index}`, resolve));
      },
      take(index, slice) {
        const isLent = lent[file]!.delete(index);
        if (isLent) giveBack(file, slice);
        return isLent;
      },
    });
  });
  port.onmessage = ({ data }: MessageEvent<Passed>) => {
    isOver = data === undefined;
    if (isOver) for (const resolve of waiting.values()) resolve();
    if (data === undefined) return;
    const { file, index, slice } = data;
    passed[file]!.add(index);
    if (slice && needs[file]![index]) {
      lent[file]!.add(index);
      sources[file]!.keep(index, slice);
    } else if (slice) giveBack(file, slice);
    waiting.get(`${file} ${index}`)?.();
  };
  let done = 0;
  return () => {
    for (const [file, index] of slicesOf(recipes[done++]!)) {
      if (--needs[file]![index]! === 0) sources[file]!.drop(index);
    }
  };
}

/** Slices that a recipe's contents lie in, as often as contents lie in them. */
function* slicesOf(recipe: NarRecipe): Generator<readonly [file: number, index: number]> {
  for (const [file, offset, size] of contentsOf(recipe)) {
    for (let index = Math.floor(offset / SLICE); index * SLICE < offset + size; index++) yield [file, index];
  }
}
