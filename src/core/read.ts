/** Archives → index, closure, findings: the part that build, plan and inspect share. Nothing is made here. */
import {
  buildTree,
  type Entry,
  findTwins,
  indexArchives,
  type Node,
  readTar,
  type Tree,
  type Twins,
} from './archive/index.ts';
import type { ByteString } from './bytes.ts';
import { expandArchives, expandInto, isCompressed } from './compression/index.ts';
import { Refusal } from './errors.ts';
import type { BuildHost, BuildInput } from './index.ts';
import {
  type AnalysedPath,
  type Closure,
  childrenOf,
  examine,
  type Findings,
  hashParts,
  isBinaryCache,
  isExportStream,
  narRecipe,
  type PathInfo,
  readBinaryCache,
  readClosure,
  readExportStream,
  storePathOf,
} from './nix/index.ts';
import type { Options } from './options.ts';
import type { Source } from './storage/index.ts';

export type ReadHost = Pick<BuildHost, 'progress' | 'analyse' | 'codecs' | 'createSpool'>;

/** Archives, read as far as headers and manifests. */
export interface Indexed {
  /** The archives, those that were compressed expanded. */
  readonly archives: readonly Source[];
  readonly tree: Tree;
  readonly closure: Closure;
  /** The store's files that are alike, found by reading them when it is first asked for. */
  readonly twins: () => Promise<Twins>;
}

export async function indexInput(
  input: Pick<BuildInput, 'archives' | 'manifests'> & { readonly options: Pick<Options, 'maxExpanded'> },
  host: ReadHost,
): Promise<Indexed> {
  const { archives, tree, known } = await readTree(input, host);
  let twins: Promise<Twins> | undefined;
  return {
    archives,
    tree,
    closure: readClosure(tree, input.manifests, known),
    twins: () => {
      twins ??= findTwins(storeFiles(tree), (done, total) =>
        host.progress({ phase: 'index', done, total, entries: 0 }),
      );
      return twins;
    },
  };
}

/** The tree, the sources that its contents lie in, and what the archives themselves say of their paths. */
async function readTree(input: Parameters<typeof indexInput>[0], host: ReadHost) {
  const archives = await expandArchives(input.archives, input.options, host);
  const total = archives.reduce((sum, { size }) => sum + size, 0);
  const known: PathInfo[] = [];
  const tree = await indexArchives(
    archives,
    (done, entries) => host.progress({ phase: 'index', done, total, entries }),
    (source) => (isExportStream(source) ? readExportStream(source, known) : readTar(source)),
  );
  if (!isBinaryCache(tree)) return { archives, tree, known };
  const { entries, infos, spooled } = await readBinaryCache(tree, {
    isCompressed,
    expandInto: (spool, nar) => expandInto(spool, nar, input.options, host, () => {}),
    createSpool: (name) => host.createSpool(name),
  });
  return { archives: [...archives, ...spooled], tree: buildTree(entries), known: [...known, ...infos] };
}

const storeFiles = ({ nodes }: Tree): Entry[] =>
  nodes.flatMap(({ path, inode }) => (inode.type === 'file' && storePathOf(path) ? [inode] : []));

/**
 * Reads the contents, where the registration is to know them.
 * @throws Refusal `closure-broken` when the closure does not hold together; at once where no content is needed to tell
 */
export async function examineContents(
  indexed: Indexed,
  { options }: Pick<BuildInput, 'options'>,
  host: ReadHost,
): Promise<Findings> {
  const early = refuseErrors(examine(indexed.closure, undefined, options.allowMissing));
  if (options.registration !== 'full') return early;
  const analysed = await analyseContents(indexed, host);
  return refuseErrors(examine(indexed.closure, analysed, options.allowMissing));
}

/** Hashes and searches every store path. */
export async function analyseContents(
  { archives, tree, closure }: Indexed,
  host: ReadHost,
): Promise<Map<ByteString, AnalysedPath>> {
  const children = childrenOf(tree.nodes);
  const contents = new Map<ByteString, readonly Node[]>();
  const recipes = closure.paths.map(({ path, root }) => {
    const made = narRecipe(path, root, children, archives);
    contents.set(path, made.contents);
    return made.recipe;
  });
  const analyses = await host.analyse({ recipes, wanted: hashParts(closure) }, archives);
  return new Map(
    analyses.map((analysis) => [analysis.storePath, { analysis, contents: contents.get(analysis.storePath)! }]),
  );
}

function refuseErrors(findings: Findings): Findings {
  if (findings.errors.length) throw new Refusal('closure-broken', { problems: findings.errors });
  return findings;
}
