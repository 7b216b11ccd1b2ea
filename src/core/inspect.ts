/** Archives → what is inside, for people: store paths with sizes and references, and what is wrong. */
import { sizesOf } from './archive/index.ts';
import { type ByteString, display } from './bytes.ts';
import type { BuildInput } from './index.ts';
import { toBase32 } from './nix/base32.ts';
import { type AnalysedPath, examine, hashPart } from './nix/index.ts';
import { analyseContents, indexInput, type ReadHost } from './read.ts';

export interface InspectedPath {
  readonly path: string;
  readonly entries: number;
  /** Bytes of its files' contents. */
  readonly bytes: number;
  readonly narSize: number;
  /** `sha256:` and nix-base32. */
  readonly narHash: string;
  readonly references: readonly string[];
}

export interface Inspection {
  /** Largest first. */
  readonly storePaths: readonly InspectedPath[];
  /** The paths that no other path refers to. */
  readonly roots: readonly string[];
  readonly entries: number;
  readonly contentBytes: number;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  /** With `why`: a shortest way from a root to the path; `undefined` when none leads there. */
  readonly why?: readonly WhyStep[] | undefined;
}

/** One reference on the way. */
export interface WhyStep {
  readonly from: string;
  readonly to: string;
  /** The file in which the reference stands; `undefined` when only the manifest says so. */
  readonly file: string | undefined;
}

/** @param why a store path: explain what keeps it in the closure */
export async function inspectArchives(input: BuildInput, host: ReadHost, why?: string): Promise<Inspection> {
  const indexed = await indexInput(input, host);
  const { tree, closure } = indexed;
  const analysed = await analyseContents(indexed, host);
  const { errors, warnings, registered } = examine(closure, analysed, input.options.allowMissing);

  const sizes = sizesOf(tree);
  const rootOf = new Map(closure.paths.map(({ path, root }) => [path, root]));
  const storePaths = registered.map(({ path, references, nar }) => ({
    path,
    ...sizes.get(rootOf.get(path))!,
    narSize: nar!.size,
    narHash: `sha256:${toBase32(nar!.hash)}`,
    references,
  }));
  storePaths.sort((a, b) => b.bytes - a.bytes || (a.path < b.path ? -1 : 1));
  const referred = new Set(
    registered.flatMap(({ path, references }) => references.filter((reference) => reference !== path)),
  );
  const roots = registered.map(({ path }) => path).filter((path) => !referred.has(path));
  return {
    storePaths,
    roots,
    entries: tree.nodes.length,
    contentBytes: sizes.get(undefined)!.bytes,
    errors,
    warnings: [...tree.warnings, ...warnings],
    ...(why !== undefined && { why: explain(why, roots, storePaths, analysed) }),
  };
}

/** Breadth first from the roots: the first way found is a shortest. */
function explain(
  target: string,
  roots: readonly string[],
  storePaths: readonly InspectedPath[],
  analysed: ReadonlyMap<ByteString, AnalysedPath>,
): WhyStep[] | undefined {
  const references = new Map(storePaths.map((one) => [one.path, one.references]));
  const cameFrom = new Map<string, string | undefined>(roots.map((root) => [root, undefined]));
  for (const path of cameFrom.keys()) {
    for (const reference of references.get(path) ?? []) if (!cameFrom.has(reference)) cameFrom.set(reference, path);
  }
  if (!cameFrom.has(target)) return undefined;
  const steps: WhyStep[] = [];
  for (let to = target, from = cameFrom.get(to); from !== undefined; to = from, from = cameFrom.get(to)) {
    const { analysis, contents } = analysed.get(from)!;
    const step = analysis.found.get(hashPart(to));
    const node = step === undefined ? undefined : contents[step];
    steps.unshift({ from, to, file: node && display(node.path) });
  }
  return steps;
}
