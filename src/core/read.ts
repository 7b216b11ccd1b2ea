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
import type { BuildHost, BuildInput } from './host.ts';
import {
  type AnalysedPath,
  type Closure,
  contentsOf,
  examine,
  type Findings,
  hashParts,
  isBinaryCache,
  isExportStream,
  type NarRecipe,
  narRecipe,
  needsContents,
  type PathInfo,
  readBinaryCache,
  readClosure,
  readDerivation,
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
  /** Name of the binary cache whose NARs were compressed, and lie on a spool; of the first of several. */
  readonly spooled: string | undefined;
  readonly tree: Tree;
  readonly closure: Closure;
  /** The store's files that are alike, found by reading them when it is first asked for. */
  readonly twins: () => Promise<Twins>;
}

export async function indexInput(
  input: Pick<BuildInput, 'archives' | 'manifests'> & { readonly options: Pick<Options, 'maxExpanded'> },
  host: ReadHost,
): Promise<Indexed> {
  const { archives, tree, known, spooled } = await readTree(input, host);
  refuseEndless(tree);
  let twins: Promise<Twins> | undefined;
  return {
    archives,
    spooled,
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

/** Bytes of ext4's largest file, in blocks of 4 KiB. A larger one, of holes, would be hashed for days before that is said. */
const MOST_CONTENT = (2 ** 32 - 1) * 4096;

function refuseEndless({ nodes }: Tree): void {
  for (const { path, inode } of nodes) {
    if (inode.type === 'file' && inode.size > MOST_CONTENT)
      throw new Refusal('file-too-large', { path, size: inode.size, most: MOST_CONTENT });
  }
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
  if (!isBinaryCache(tree)) return { archives, tree, known, spooled: undefined };
  const { entries, infos, spooled } = await readBinaryCache(tree, archives, {
    isCompressed,
    expandInto: async (spool, nar) =>
      expandInto(
        (piece) => spool.append(piece),
        nar,
        input.options,
        await host.codecs(),
        () => {},
      ),
    createSpool: (name) => host.createSpool(name),
  });
  return {
    archives: [...archives, ...spooled],
    tree: buildTree(entries),
    known: [...known, ...infos],
    spooled: spooled[0]?.name,
  };
}

const storeFiles = ({ nodes }: Tree): Entry[] =>
  nodes.flatMap(({ path, inode }) => (inode.type === 'file' && storePathOf(path) ? [inode] : []));

/**
 * Reads the contents, where something is to be registered or compared that only they know.
 * @throws Refusal `closure-broken` when the closure does not hold together; at once where no content is needed to tell
 */
export async function examineContents(
  indexed: Indexed,
  { options }: Pick<BuildInput, 'options'>,
  host: ReadHost,
): Promise<Findings> {
  const { tree, closure } = indexed;
  const early = refuseErrors(examine(indexed, undefined, options), tree);
  if (!needsContents(closure, options)) return early;
  return refuseErrors(examine(indexed, await analyseContents(indexed, host), options), tree);
}

/** Hashes and searches every store path. */
export async function analyseContents(indexed: Indexed, host: ReadHost): Promise<Map<ByteString, AnalysedPath>> {
  const { closure } = indexed;
  const { recipes, contents } = recipesOf(indexed);
  const analyses = await host.analyse({ recipes, wanted: hashParts(closure) }, indexed.archives);
  const derived = new Map<ByteString, readonly ByteString[] | undefined>();
  for (const { path, root, info } of closure.paths) if (!info) derived.set(path, await readDerivation(root));
  return new Map(
    analyses.map((analysis) => {
      const { storePath } = analysis;
      return [storePath, { analysis, contents: contents.get(storePath)!, derived: derived.get(storePath) }];
    }),
  );
}

/** Every store path's recipe, in the order that the archives are read in, and whose contents its steps are. */
function recipesOf({ archives, tree, closure }: Indexed) {
  const contents = new Map<ByteString, readonly Node[]>();
  const recipes = closure.paths.map(({ path, root }) => {
    const made = narRecipe(path, root, tree.children, archives);
    contents.set(path, made.contents);
    return made.recipe;
  });
  recipes.sort(byFirstContent);
  return { recipes, contents };
}

/** As archives are read: front to back, one after the other. */
function byFirstContent(a: NarRecipe, b: NarRecipe): number {
  const [[fileA, offsetA], [fileB, offsetB]] = [firstContent(a), firstContent(b)];
  return fileA - fileB || offsetA - offsetB;
}

const firstContent = (recipe: NarRecipe) => contentsOf(recipe).next().value ?? ([0, 0] as const);

function refuseErrors(findings: Findings, tree: Tree): Findings {
  const { errors, warnings } = findings;
  if (errors.length) throw new Refusal('closure-broken', { errors, warnings: [...tree.warnings, ...warnings] });
  return findings;
}
