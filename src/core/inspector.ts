/**
 * Archives, indexed and kept open while a person decides: what is inside, what the image will be, what is wrong; then
 * the image is built. Contents are read once but for that, when asked for.
 */
import { findNode, type Node, type Size, sizesOf } from './archive/index.ts';
import { type ByteString, display } from './bytes.ts';
import { type Firmware, layDisk } from './disk/index.ts';
import { sentence } from './errors.ts';
import type { BuildHost, BuildInput, BuildReport } from './host.ts';
import { buildIndexed, planExamined, planIndexed, planWhole } from './image/index.ts';
import { type Analysed, type AnalysisJob, examine, type PathAnalysis, type WhyStep, whyDepends } from './nix/index.ts';
import { decide, type Options } from './options.ts';
import { findSystems } from './plan/index.ts';
import { analyseContents, type Indexed, indexInput, type ReadHost } from './read.ts';
import type { Source } from './storage/index.ts';

/** What headers and manifests tell, before contents are read. */
export interface Overview {
  readonly storePaths: number;
  readonly entries: number;
  /** Bytes of files' contents. */
  readonly contentBytes: number;
  /** References among store paths that the manifests name; `undefined` without a manifest. */
  readonly references: number | undefined;
  /** Name of the store path that NixOS would be booted from, where one is meant. */
  readonly system: string | undefined;
}

/** What the options make of the archives. */
export interface Judgement {
  /** Bytes of the image, its disk included, before it is compressed; `undefined` where it can't be made. */
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

/** One choice of archives, indexed: it answers under any options until one image is built of it. */
export class Inspector {
  readonly overview: Overview;
  readonly #host: Host;
  readonly #indexed: Indexed;
  readonly #sizes: ReadonlyMap<Node | undefined, Size>;
  #analyses: Promise<readonly PathAnalysis[]> | undefined;
  /** Once contents have been read. */
  #analysed: Analysed | undefined;

  private constructor(host: Host, indexed: Indexed) {
    this.#host = this.#readingOnce(host);
    this.#indexed = indexed;
    this.#sizes = sizesOf(indexed.tree);
    this.overview = overviewOf(indexed, this.#sizes);
  }

  /** @throws Refusal when archives or manifests can't be read as such */
  static async open(input: Input, options: Pick<Options, 'maxExpanded'>, host: Host): Promise<Inspector> {
    return new Inspector(host, await indexInput({ ...input, options }, host));
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

  /**
   * What keeps a store path in the closure, as `whyDepends` tells it; waits until contents are read.
   */
  async why(path: ByteString): Promise<WhyStep[]> {
    await this.verify();
    const { registered } = examine(this.#indexed, this.#analysed, decide({}));
    return whyDepends(path, registered, this.#analysed!, this.#indexed.tree.nodes);
  }

  /** @param firmware what a disk has before the filesystem */
  async judge(options: Options, firmware?: Firmware): Promise<Judgement> {
    const { tree } = this.#indexed;
    const findings = examine(this.#indexed, this.#analysed, options);
    const { errors, warnings } = findings;
    const found = { errors, warnings: [...tree.warnings, ...warnings] };
    try {
      const plan = this.#analysed
        ? (await planExamined(this.#indexed, { options }, findings, this.#host)).plan
        : await planIndexed(this.#indexed, { options }, this.#host);
      return {
        ...found,
        warnings: [...plan.warnings, ...found.warnings],
        bytes: layDisk(options, plan.bytes, firmware).bytes,
      };
    } catch (error) {
      return { ...found, bytes: undefined, errors: [...errors, sentence(error)] };
    }
  }

  /** What `planImage` gives: all that the plan's script needs. */
  replay(options: Options): ReturnType<typeof planWhole> {
    return planWhole(this.#indexed, { options }, this.#host);
  }

  /** What `buildImage` does. What is known of contents, or about to be, is not found out again. */
  build(options: Options, host: BuildHost): Promise<BuildReport> {
    return buildIndexed(this.#indexed, { options }, this.#readingOnce(host));
  }

  #readingOnce<H extends Pick<BuildHost, 'analyse'>>(host: H): H {
    return {
      ...host,
      analyse: (job: AnalysisJob, sources: readonly Source[]) => {
        this.#analyses ??= host.analyse(job, sources);
        return this.#analyses;
      },
    };
  }

  /** What lies in a directory, largest first; the path '' is the root. */
  children(path: ByteString): Child[] {
    const { tree } = this.#indexed;
    const nodes = tree.children.get(findNode(tree, path)) ?? new Map<ByteString, Node>();
    const children = Array.from(nodes.values(), (node) => ({
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
  const systems = findSystems(tree, closure);
  return {
    storePaths: closure.paths.length,
    entries: tree.nodes.length,
    contentBytes: sizes.get(undefined)!.bytes,
    references: closure.hasManifest ? infos.reduce((sum, { references }) => sum + references.length, 0) : undefined,
    system: systems.length === 1 ? systems[0]!.slice(44) : undefined,
  };
}
