/** Recipes → what Nix would say of the paths: NAR hash, and the references that stand in it. Runs in any thread. */
import { type ByteString, byteString, putBytes } from '../bytes.ts';
import type { Source } from '../storage/index.ts';
import { fullFrame } from './nar.ts';
import type { NarRecipe } from './recipe.ts';
import { STEP, ZEROS } from './recipe.ts';
import { ReferenceScanner, type References } from './references.ts';
import { ZeroFinder } from './zero-cells.ts';

/** SHA-256 of a message that comes in pieces. A piece is only valid during `update`. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  /** Once called, the next hasher may be made; what was gathered for this one is needed no more. */
  digest(): Promise<Uint8Array> | Uint8Array;
}

/** Makes a hasher for a message of `size` bytes. */
export type NewHasher = (size: number) => Hasher;

/**
 * References' places say where they first stood: the number of the recipe's step in whose content, or, as its complement
 * (`~step`), of that before whose content, among names and targets.
 */
export interface PathAnalysis extends References {
  readonly storePath: ByteString;
  /** SHA-256 of the NAR. */
  readonly narHash: Uint8Array;
  readonly narSize: number;
  /**
   * Where files are zeros, three numbers a row: the file's first step, the first of its cells of 1 KiB that are all zeros,
   * and the cell behind the last one.
   */
  readonly zeros: Float64Array<ArrayBuffer>;
}

/** What to analyse: self-contained, to be handed to another thread. */
export interface AnalysisJob {
  /** One without a store path is no NAR: only the zeros of its files are looked for. */
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
  const analyses: Promise<PathAnalysis>[] = [];
  let bytes = 0;
  // For all paths: new memory takes longer than what is put into it.
  const scanner = new ReferenceScanner(wanted);
  const buffer = new Uint8Array(BUFFER);
  for (const recipe of recipes) {
    const { narHash, ...found } =
      recipe.storePath === ''
        ? await readZeros(recipe, sources, buffer)
        : await readPath(recipe, sources, newHasher(recipe.narSize), scanner, buffer);
    // A digest may be another thread's work: the next path is read meanwhile, but no more than that.
    await analyses.at(-1);
    analyses.push(Promise.resolve(narHash).then((narHash) => ({ ...found, narHash })));
    bytes += recipe.narSize;
    progress(analyses.length, bytes);
  }
  return Promise.all(analyses);
}

/** Bytes hashed at once. */
const BUFFER = 2 ** 20;
/** Of a source that says nothing of its own. */
const USUAL = { bytes: 8 * 2 ** 20, grain: 0 };
/** Contents this near to each other are fetched in one. */
const NEAR = 2 ** 16;

type Read = Omit<PathAnalysis, 'narHash'> & { readonly narHash: ReturnType<Hasher['digest']> };

/** @param buffer small contents and their frames gather here, so that the hasher is called once a MiB */
async function readPath(
  { storePath, frames, steps, narSize }: NarRecipe,
  sources: readonly Source[],
  hasher: Hasher,
  scanner: ReferenceScanner,
  buffer: Uint8Array,
): Promise<Read> {
  let filled = 0;
  const append = (length: number, place: number, fill: (into: Uint8Array, done: number) => void) => {
    for (let done = 0; done < length; ) {
      const part = buffer.subarray(filled, filled + length - done);
      fill(part, done);
      scanner.update(part, place);
      done += part.length;
      filled += part.length;
      if (filled < BUFFER) continue;
      hasher.update(buffer);
      filled = 0;
    }
  };
  const zeros = new ZeroFinder();
  let frameAt = 0;
  const appendFrame = (length: number, place: number) => {
    const frame = fullFrame(byteString(frames, frameAt, frameAt + length));
    append(frame.length, place, (into, done) => putBytes(into, frame, done));
    frameAt += length;
  };
  for await (const { step, frame, source, offset, size } of fetchedSteps(steps, sources)) {
    appendFrame(frame, ~step);
    if (frame > 0) zeros.begin(step);
    if (!source) zeros.hole(size);
    append(size, step, (into, done) => {
      if (!source) {
        into.fill(0);
        return;
      }
      source.read(offset + done, into);
      zeros.bytes(into);
    });
  }
  appendFrame(frames.length - frameAt, ~(steps.length / STEP));
  hasher.update(buffer.subarray(0, filled));
  return { storePath, narHash: hasher.digest(), narSize, zeros: zeros.finish(), ...scanner.finish() };
}

/** Files that are in no store path: nothing is hashed or searched. */
async function readZeros(
  { storePath, steps, narSize }: NarRecipe,
  sources: readonly Source[],
  buffer: Uint8Array,
): Promise<Read> {
  const zeros = new ZeroFinder();
  for await (const { step, frame, source, offset, size } of fetchedSteps(steps, sources)) {
    if (frame > 0) zeros.begin(step);
    if (!source) zeros.hole(size);
    for (let done = 0; source && done < size; done += BUFFER) {
      const part = buffer.subarray(0, size - done);
      source.read(offset + done, part);
      zeros.bytes(part);
    }
  }
  const nothing = { narHash: new Uint8Array(), found: new Map(), foreign: new Map() };
  return { storePath, narSize, zeros: zeros.finish(), ...nothing };
}

/** A recipe's step; without a source it is a hole. */
interface Step {
  readonly step: number;
  /** Length of the short frame before it; 0 where it goes on with the file of the step before. */
  readonly frame: number;
  readonly source: Source | undefined;
  readonly offset: number;
  readonly size: number;
}

/** A recipe's steps in order, their contents fetched. */
async function* fetchedSteps(steps: Float64Array, sources: readonly Source[]): AsyncGenerator<Step> {
  let fetched = 0;
  for (let at = 0; at < steps.length; at += STEP) {
    if (at === fetched) fetched = await fetchFrom(steps, at, sources);
    const index = steps[at + 1]!;
    yield {
      step: at / STEP,
      frame: steps[at]!,
      source: index === ZEROS ? undefined : sources[index]!,
      offset: steps[at + 2]!,
      size: steps[at + 3]!,
    };
  }
}

/** Fetches the contents of the next steps, which archives have in an order of their own; returns where those steps end. */
async function fetchFrom(steps: Float64Array, from: number, sources: readonly Source[]): Promise<number> {
  const wanted: [source: number, start: number, end: number][] = [];
  let at = from;
  // Parts of what may be fetched at once.
  for (let share = 0; at < steps.length && share < 1; at += STEP) {
    const [index, offset, size] = [steps[at + 1]!, steps[at + 2]!, steps[at + 3]!];
    if (index === ZEROS) continue;
    wanted.push([index, offset, offset + size]);
    const { bytes, grain } = sources[index]!.fetches ?? USUAL;
    share += (size + grain) / bytes;
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
