/** Recipes → what Nix would say of the paths: NAR hash, and the references that stand in it. Runs in any thread. */
import type { ByteString } from '../bytes.ts';
import type { Source } from '../storage/index.ts';
import type { NarRecipe } from './recipe.ts';
import { STEP, ZEROS } from './recipe.ts';
import { ReferenceScanner } from './references.ts';

/** SHA-256 of a message that comes in pieces. A piece is only valid during `update`. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  digest(): Promise<Uint8Array> | Uint8Array;
}

/** Makes a hasher for a message of `size` bytes. */
export type NewHasher = (size: number) => Hasher;

export interface PathAnalysis {
  readonly storePath: ByteString;
  /** SHA-256 of the NAR. */
  readonly narHash: Uint8Array;
  readonly narSize: number;
  /** Hash parts found → the recipe's step in whose content or the frame before it each first stood. */
  readonly found: ReadonlyMap<ByteString, number>;
  /** Hash parts of full store paths that are not among those looked for → the same. */
  readonly foreign: ReadonlyMap<ByteString, number>;
}

/** What to analyse: self-contained, to be handed to another thread. */
export interface AnalysisJob {
  readonly recipes: readonly NarRecipe[];
  /** The hash parts of all store paths that could be referred to. */
  readonly wanted: ReadonlySet<ByteString>;
}

/**
 * Analyses one path after another. `sources` are the archives that the recipes' steps count.
 * @param progress called after each path with how many are done and the bytes of their NARs
 */
export async function analyseRecipes(
  { recipes, wanted }: AnalysisJob,
  sources: readonly Source[],
  newHasher: NewHasher,
  progress: (paths: number, narBytes: number) => void = () => {},
): Promise<PathAnalysis[]> {
  const analyses: PathAnalysis[] = [];
  let bytes = 0;
  for (const recipe of recipes) {
    analyses.push(await analysePath(recipe, sources, wanted, newHasher));
    bytes += recipe.narSize;
    progress(analyses.length, bytes);
  }
  return analyses;
}

/** Bytes hashed at once. */
const BUFFER = 2 ** 20;
/** Bytes of content fetched at a time; the archive has them in an order of its own. */
const FETCH = 8 * 2 ** 20;
/** Contents this near to each other are fetched in one. */
const NEAR = 2 ** 16;

/** @param wanted the hash parts of all store paths that could be referred to */
export async function analysePath(
  { storePath, frames, steps, narSize }: NarRecipe,
  sources: readonly Source[],
  wanted: ReadonlySet<ByteString>,
  newHasher: NewHasher,
): Promise<PathAnalysis> {
  const hasher = newHasher(narSize);
  const scanner = new ReferenceScanner(wanted);
  // Small contents and their frames gather here, so that the hasher is called once a MiB.
  const buffer = new Uint8Array(BUFFER);
  let filled = 0;
  const append = (length: number, step: number, fill: (into: Uint8Array, done: number) => void) => {
    for (let done = 0; done < length; ) {
      const part = buffer.subarray(filled, filled + length - done);
      fill(part, done);
      scanner.update(part, step);
      done += part.length;
      filled += part.length;
      if (filled < BUFFER) continue;
      hasher.update(buffer);
      filled = 0;
    }
  };
  let frameAt = 0;
  let fetched = 0;
  const appendFrame = (length: number, step: number) => {
    append(length, step, (into, done) => into.set(frames.subarray(frameAt + done, frameAt + done + into.length)));
    frameAt += length;
  };
  for (let at = 0; at < steps.length; at += STEP) {
    if (at === fetched) fetched = await fetchFrom(steps, at, sources);
    const [frame, source, offset, size] = steps.slice(at, at + STEP) as unknown as [number, number, number, number];
    appendFrame(frame, at / STEP);
    append(size, at / STEP, (into, done) =>
      source === ZEROS ? into.fill(0) : sources[source]!.read(offset + done, into),
    );
  }
  appendFrame(frames.length - frameAt, steps.length / STEP);
  hasher.update(buffer.subarray(0, filled));
  return { storePath, narHash: await hasher.digest(), narSize, found: scanner.found, foreign: scanner.foreign };
}

/** Fetches the contents of the next steps; returns where those steps end. */
async function fetchFrom(steps: Float64Array, from: number, sources: readonly Source[]): Promise<number> {
  const wanted: [source: number, start: number, end: number][] = [];
  let at = from;
  for (let bytes = 0; at < steps.length && bytes < FETCH; at += STEP) {
    const [index, offset, size] = [steps[at + 1]!, steps[at + 2]!, steps[at + 3]!];
    if (index === ZEROS) continue;
    wanted.push([index, offset, offset + size]);
    bytes += size;
  }
  wanted.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const ranges: typeof wanted = [];
  for (const range of wanted) {
    const last = ranges.at(-1);
    if (last?.[0] === range[0] && range[1] - last[2] <= NEAR) last[2] = Math.max(last[2], range[2]);
    else ranges.push(range);
  }
  await Promise.all(ranges.map(([index, start, end]) => sources[index]!.prefetch?.(start, end)));
  return at;
}
