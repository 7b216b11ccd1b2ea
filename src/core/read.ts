/** Archives → index, closure, findings: the part that build, plan and inspect share. Nothing is made here. */
import { indexArchives, type Node, readTar, type Tree } from './archive/index.ts';
import type { ByteString } from './bytes.ts';
import { Refusal } from './errors.ts';
import type { BuildHost, BuildInput } from './index.ts';
import {
  type AnalysedPath,
  type Closure,
  childrenOf,
  examine,
  type Findings,
  hashParts,
  isExportStream,
  narRecipe,
  type PathInfo,
  readClosure,
  readExportStream,
} from './nix/index.ts';

export type ReadHost = Pick<BuildHost, 'progress' | 'analyse'>;

/** Archives, read as far as headers and manifests. */
export interface Indexed {
  readonly tree: Tree;
  readonly closure: Closure;
}

export async function indexInput(
  { archives, manifests }: Pick<BuildInput, 'archives' | 'manifests'>,
  { progress }: ReadHost,
): Promise<Indexed> {
  const total = archives.reduce((sum, { size }) => sum + size, 0);
  const known: PathInfo[] = [];
  const tree = await indexArchives(
    archives,
    (done, entries) => progress({ phase: 'index', done, total, entries }),
    (source) => (isExportStream(source) ? readExportStream(source, known) : readTar(source)),
  );
  return { tree, closure: readClosure(tree, manifests, known) };
}

/**
 * Reads the contents, where the registration is to know them.
 * @throws Refusal `closure-broken` when the closure does not hold together; at once where no content is needed to tell
 */
export async function examineContents(
  indexed: Indexed,
  { archives, options }: BuildInput,
  host: ReadHost,
): Promise<Findings> {
  const early = refuseErrors(examine(indexed.closure, undefined, options.allowMissing));
  if (options.registration !== 'full') return early;
  const analysed = await analyseContents(indexed, archives, host);
  return refuseErrors(examine(indexed.closure, analysed, options.allowMissing));
}

/** Hashes and searches every store path. */
export async function analyseContents(
  { tree, closure }: Indexed,
  archives: BuildInput['archives'],
  host: ReadHost,
): Promise<Map<ByteString, AnalysedPath>> {
  const children = childrenOf(tree.nodes);
  const contents = new Map<ByteString, readonly Node[]>();
  const recipes = closure.paths.map(({ path, root }) => {
    const made = narRecipe(path, root, children, archives);
    contents.set(path, made.contents);
    return made.recipe;
  });
  const analyses = await host.analyse({ recipes, wanted: hashParts(closure) });
  return new Map(
    analyses.map((analysis) => [analysis.storePath, { analysis, contents: contents.get(analysis.storePath)! }]),
  );
}

function refuseErrors(findings: Findings): Findings {
  if (findings.errors.length) throw new Refusal('closure-broken', { problems: findings.errors });
  return findings;
}
