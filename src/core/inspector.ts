/**
 * Archives, indexed and kept open while a person decides: what is inside, what the image will be, what is wrong.
 * Contents are read once, when asked for.
 */
import { type Node, type Size, sizesOf } from './archive/index.ts';
import { type ByteString, display } from './bytes.ts';
import { sentence } from './errors.ts';
import { planIndexed, planWhole } from './image/build.ts';
import type { BuildHost, BuildInput } from './index.ts';
import { type AnalysedPath, examine, type PathAnalysis, storePathOf } from './nix/index.ts';
import type { Options } from './options.ts';
import { analyseContents, type Indexed, indexInput, type ReadHost } from './read.ts';

/** What headers and manifests tell, before contents are read. */
export interface Overview {
  readonly storePaths: number;
  readonly entries: number;
  /** Bytes of files' contents. */
  readonly contentBytes: number;
  /** References among store paths that the manifests name; `undefined` without a manifest. */
  readonly references: number | undefined;
  /** Name of the store path that holds a system (it has an `init`), where exactly one does. */
  readonly system: string | undefined;
}

/** What the options make of the archives. */
export interface Judgement {
  /** Bytes of the image; `undefined` where it can't be made. */
  readonly bytes: number | undefined;
  /** Sentences. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/** Something in a directory of the archives. */
export interface Child extends Readonly<Size> {
  /** For people. */
  readonly name: string;
  readonly path: ByteString;
  readonly isDirectory: boolean;
}

type Host = ReadHost & Pick<BuildHost, 'program'>;
type Input = Pick<BuildInput, 'archives' | 'manifests'>;

export class Inspector {
  readonly overview: Overview;
  readonly #input: Input;
  readonly #host: Host;
  readonly #indexed: Indexed;
  readonly #sizes: ReadonlyMap<Node | undefined, Size>;
  #analyses: Promise<readonly PathAnalysis[]> | undefined;
  /** Once contents have been read. */
  #analysed: ReadonlyMap<ByteString, AnalysedPath> | undefined;

  private constructor(input: Input, host: Host, indexed: Indexed) {
    this.#input = input;
    this.#host = {
      ...host,
      analyse: (job, sources) => {
        this.#analyses ??= host.analyse(job, sources);
        return this.#analyses;
      },
    };
    this.#indexed = indexed;
    this.#sizes = sizesOf(indexed.tree);
    this.overview = overviewOf(indexed, this.#sizes);
  }

  /** @throws Refusal when archives or manifests can't be read as such */
  static async open(input: Input, options: Pick<Options, 'maxExpanded'>, host: Host): Promise<Inspector> {
    return new Inspector(input, host, await indexInput({ ...input, options }, host));
  }

  /**
   * Reads all contents; what is found is then judged too.
   * @param known what was found in these archives before: nothing is read again
   */
  async verify(known?: readonly PathAnalysis[]): Promise<readonly PathAnalysis[]> {
    if (known) this.#analyses = Promise.resolve(known);
    this.#analysed = await analyseContents(this.#indexed, this.#host);
    return this.#analyses!;
  }

  async judge(options: Options): Promise<Judgement> {
    const { tree, closure } = this.#indexed;
    const { errors, warnings } = examine(closure, this.#analysed, options.allowMissing);
    const found = { errors, warnings: [...tree.warnings, ...warnings] };
    try {
      const plan = await planIndexed(this.#indexed, { ...this.#input, options }, this.#host);
      return { ...found, warnings: [...plan.warnings, ...found.warnings], bytes: plan.bytes };
    } catch (error) {
      return { ...found, bytes: undefined, errors: [...errors, sentence(error)] };
    }
  }

  /** What `planImage` gives: all that the plan's script needs. */
  replay(options: Options): ReturnType<typeof planWhole> {
    return planWhole(this.#indexed, { ...this.#input, options }, this.#host);
  }

  /** What lies in a directory, largest first; the path '' is the root. */
  children(path: ByteString): Child[] {
    const { nodes, byPath } = this.#indexed.tree;
    const parent = path === '' ? undefined : byPath.get(path);
    const children = nodes
      .filter((node) => node.parent === parent)
      .map((node) => ({
        name: display(node.name),
        path: node.path,
        isDirectory: node.inode.type === 'directory',
        ...this.#sizes.get(node)!,
      }));
    return children.sort((a, b) => b.bytes - a.bytes || (a.path < b.path ? -1 : 1));
  }
}

function overviewOf({ tree, closure }: Indexed, sizes: ReadonlyMap<Node | undefined, Size>): Overview {
  const infos = closure.paths.flatMap(({ info }) => info ?? []);
  const referred = new Set(infos.flatMap(({ path, references }) => references.filter((other) => other !== path)));
  const withInit = closure.paths.filter(({ root }) => tree.byPath.has(`${root.path}/init`));
  const systems = withInit.filter(({ path }) => !referred.has(path));
  return {
    storePaths: closure.paths.length,
    entries: tree.nodes.length,
    contentBytes: sizes.get(undefined)!.bytes,
    references: closure.hasManifest ? infos.reduce((sum, { references }) => sum + references.length, 0) : undefined,
    system: systems.length === 1 ? storePathOf(systems[0]!.root.path)!.slice(44) : undefined,
  };
}
