/** Contents, read once: NAR hash and references of every store path, and where files have zeros. */
import type { Entry, Node, ZeroCells } from '../archive/index.ts';
import type { ByteString } from '../bytes.ts';
import { Refusal } from '../errors.ts';
import {
  type Analysed,
  type AnalysedPath,
  contentsOf,
  examine,
  type Findings,
  hashParts,
  type NarRecipe,
  narRecipe,
  otherContents,
  type PathAnalysis,
  readDerivation,
  type StorePath,
  storePathOf,
  writeRegistration,
} from '../nix/index.ts';
import type { Options } from '../options.ts';
import type { Progress } from '../progress.ts';
import type { SessionHost } from './host.ts';
import type { Indexed } from './index-input.ts';

/** What contents tell. */
export interface Contents {
  readonly analysed: Analysed;
  readonly zeros: ZeroCells;
}

type Host = Pick<SessionHost, 'analyse'> & { progress(progress: Progress): void };

/** @throws Refusal `source-unreadable` */
export async function readContents(indexed: Indexed, host: Host, signal?: AbortSignal): Promise<Contents> {
  const { closure, archives } = indexed;
  const { recipes, nodes } = recipesOf(indexed);
  const total = recipes.reduce((sum, { narSize }) => sum + narSize, 0);
  const progress = (entries: number, done: number) => host.progress({ phase: 'analyse', done, total, entries });
  progress(0, 0);
  const analyses = await host.analyse({ recipes, wanted: hashParts(closure) }, archives, progress, signal);
  const zeros = new Map<Entry, Float64Array>();
  for (const analysis of analyses) addZeros(zeros, analysis, nodes.get(analysis.storePath)!);
  const byPath = new Map(analyses.map((analysis) => [analysis.storePath, analysis]));
  const analysed = new Map<ByteString, AnalysedPath>();
  for (const { path, root, info } of closure.paths) {
    const derived = info ? undefined : await readDerivation(root);
    analysed.set(path, { analysis: byPath.get(path)!, contents: nodes.get(path)!, derived });
  }
  return { analysed, zeros };
}

/** Every store path's recipe, and one for all other files; whose contents the steps of each are. */
function recipesOf({ archives, tree, closure }: Indexed) {
  const nodes = new Map<ByteString, readonly Node[]>();
  const made = closure.paths.map(({ path, root }: StorePath) => narRecipe(path, root, tree.children, archives));
  const others = tree.nodes.filter(({ path, inode }) => inode.type === 'file' && inode.size > 0 && !storePathOf(path));
  made.push(otherContents(others, archives));
  const recipes = made.map(({ recipe, contents }) => {
    nodes.set(recipe.storePath, contents);
    return recipe;
  });
  recipes.sort(byFirstContent);
  return { recipes, nodes };
}

/** As archives are read: front to back, one after the other. */
function byFirstContent(a: NarRecipe, b: NarRecipe): number {
  const [[fileA, offsetA], [fileB, offsetB]] = [firstContent(a), firstContent(b)];
  return fileA - fileB || offsetA - offsetB;
}

const firstContent = (recipe: NarRecipe) => contentsOf(recipe).next().value ?? ([0, 0] as const);

/** Numbers in a row of `PathAnalysis.zeros`: a file's first step, first cell, behind the last cell. */
const ZERO_ROW = 3;

function addZeros(into: Map<Entry, Float64Array>, { zeros }: PathAnalysis, contents: readonly Node[]): void {
  for (let at = 0; at < zeros.length; ) {
    const step = zeros[at]!;
    const first = at;
    while (at < zeros.length && zeros[at] === step) at += ZERO_ROW;
    const cells = new Float64Array((2 * (at - first)) / ZERO_ROW);
    for (let row = first, to = 0; row < at; row += ZERO_ROW, to += 2) {
      cells[to] = zeros[row + 1]!;
      cells[to + 1] = zeros[row + 2]!;
    }
    into.set(contents[step]!.inode as Entry, cells);
  }
}

/** What manifests and contents say, held against each other. @throws Refusal `closure-broken` */
export function findingsOf(indexed: Indexed, analysed: Analysed | undefined, options: Options): Findings {
  const findings = examine(indexed, analysed, options);
  const { errors, warnings } = findings;
  if (errors.length) throw new Refusal('closure-broken', { errors, warnings: [...indexed.tree.warnings, ...warnings] });
  return findings;
}

/** What `/nix-path-registration` holds; the original registered the paths that its manifests name. */
export function registrationOf(
  { registered }: Findings,
  { closure }: Indexed,
  { profile, registration }: Options,
): Uint8Array | undefined {
  if (registration === 'none') return undefined;
  const named = new Set(closure.paths.filter(({ info }) => info).map(({ path }) => path));
  return writeRegistration(profile === 'original' ? registered.filter(({ path }) => named.has(path)) : registered);
}
