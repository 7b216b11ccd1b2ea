/**
 * An open input: archives and manifests whose stages are computed when they are first asked for, and remembered.
 * Index → contents → plan of given options → image of that plan. Command line, library and page hold this one object.
 */
import { findNode, findTwins, type Node, type Size, sizesOf, type Twins } from '../archive/index.ts';
import { type ByteString, display } from '../bytes.ts';
import { type Firmware, layDisk } from '../disk/index.ts';
import { isRefusal, Refusal, sentence } from '../errors.ts';
import { makeMke2fs, superblockOf } from '../image/index.ts';
import { examine, type Findings, storePathOf, type WhyStep, whyDepends } from '../nix/index.ts';
import { decide, type Options } from '../options.ts';
import { makePlan, type Plan } from '../plan/index.ts';
import type { Progress } from '../progress.ts';
import { MemoryStore, type Source, type Spool, type View } from '../storage/index.ts';
import { findSystem, readSystem, rootMismatch } from '../system/index.ts';
import { type Contents, findingsOf, readContents, registrationOf } from './contents.ts';
import type { SessionHost, SessionInput, SessionListener } from './host.ts';
import { makeFilesystem } from './image.ts';
import { type Indexed, indexInput } from './index-input.ts';
import { type Inspection, inspect } from './inspect.ts';
import { type Overview, overviewOf } from './overview.ts';
import { type BuildReport, reportOf } from './report.ts';
import { Stopwatch } from './stopwatch.ts';

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

/** A finished image: nothing of it is written anywhere; it reads the archives. */
export interface Built {
  readonly view: View;
  readonly report: BuildReport;
}

/** Said where an archive was expanded twice. */
const NO_ROOM =
  'There was no room for the image and what is in the compressed archive at once: the image was begun a second time, and the archive expanded while it was read.';

/** How a session was opened. */
interface Opened {
  readonly input: SessionInput;
  readonly limits: Pick<Options, 'maxExpanded'>;
  readonly host: SessionHost;
  readonly listener: SessionListener;
  /** What compressed archives were expanded into. */
  readonly spools: { readonly name: string; readonly spool: Spool }[];
}

export class Session {
  readonly overview: Overview;
  readonly #opened: Opened;
  readonly #host: SessionHost;
  readonly #listener: SessionListener;
  readonly #indexed: Indexed;
  readonly #sizes: ReadonlyMap<Node | undefined, Size>;
  readonly #indexSeconds: number;
  /** Of how it was opened. */
  readonly #remarks: string[] = [];
  #analyses: ReturnType<SessionHost['analyse']> | undefined;
  #contents: Promise<Contents> | undefined;
  /** Once contents have been read. */
  #known: Contents | undefined;
  #twins: Promise<Twins> | undefined;
  /** The last image, and the options that it was made by. */
  #built: { readonly key: string; readonly image: Promise<Built> } | undefined;

  private constructor(opened: Opened, indexed: Indexed, indexSeconds: number) {
    this.#opened = opened;
    this.#host = opened.host;
    this.#listener = opened.listener;
    this.#indexed = indexed;
    this.#indexSeconds = indexSeconds;
    this.#sizes = sizesOf(indexed.tree);
    this.overview = overviewOf(indexed, this.#sizes);
  }

  /**
   * Reads headers and manifests.
   * @throws Refusal when archives or manifests can't be read as such
   */
  static async open(
    input: SessionInput,
    limits: Pick<Options, 'maxExpanded'>,
    host: SessionHost,
    listener: SessionListener = {},
  ): Promise<Session> {
    const watch = new Stopwatch();
    const progress = progressOf(listener);
    const spools: Opened['spools'] = [];
    const createSpool = async (name: string) => {
      const spool = await host.createSpool(name);
      spools.push({ name, spool });
      return spool;
    };
    const codecs = () => host.codecs();
    const indexed = await watch.timed('index', () => indexInput(input, limits, { codecs, createSpool, progress }));
    return new Session({ input, limits, host, listener, spools }, indexed, watch.seconds.index);
  }

  /** What contents are read from. */
  get archives(): readonly Source[] {
    return this.#indexed.archives;
  }

  /** Reads all contents, once. @throws Refusal `source-unreadable` */
  contents(): Promise<Contents> {
    this.#contents ??= this.#readContents();
    return this.#contents;
  }

  /** Size and findings under these options; what contents say counts once they are read. */
  async judge(options: Options, firmware?: Firmware): Promise<Judgement> {
    const { tree } = this.#indexed;
    const findings = examine(this.#indexed, this.#known?.analysed, options);
    const { errors, warnings } = findings;
    const found = { errors, warnings: [...tree.warnings, ...warnings] };
    try {
      const plan = await this.#planFrom(findings, options);
      return {
        ...found,
        warnings: [...plan.warnings, ...found.warnings],
        bytes: layDisk(options, plan.bytes, firmware).bytes,
      };
    } catch (error) {
      return { ...found, bytes: undefined, errors: [...errors, sentence(error)] };
    }
  }

  /**
   * Every decision, made once contents are read.
   * @throws Refusal `closure-broken` when the closure does not hold together; at once where no content is needed to tell
   */
  async plan(options: Options): Promise<Plan> {
    return this.#planFrom(await this.#findings(options), options);
  }

  /**
   * The image of a plan, checked. The last one is remembered: asked for again with the same options, it is there.
   * @throws Refusal for whatever is wrong with input, options or the image itself
   */
  build(options: Options): Promise<Built> {
    const key = JSON.stringify(options);
    if (this.#built?.key !== key) {
      const image = this.#build(options);
      this.#built = { key, image };
      image.catch(() => {
        if (this.#built?.image === image) this.#built = undefined;
      });
    }
    return this.#built!.image;
  }

  /** Whether compressed archives were expanded into what takes room. */
  get isSpooled(): boolean {
    return this.#opened.spools.length > 0;
  }

  /**
   * The same input, opened once more, with its compressed archives expanded while they are read: gives back the room that
   * what is in them takes.
   * @param why it is needed, for the refusal
   * @throws Refusal `storage-full` where it can't be read without that room
   */
  async withoutSpools(why: string): Promise<Session> {
    const { input, limits, host, listener, spools } = this.#opened;
    const analyses = this.#analyses;
    const { name: spooled } = spools[0]!;
    for (const { spool } of spools.splice(0)) await spool.discard();
    const spoolless: SessionHost = {
      program: (name) => host.program(name),
      codecs: () => host.codecs(),
      async createSpool(name) {
        throw new Refusal('spool-missing', { name, most: 0 });
      },
      analyse: (...job) => analyses ?? host.analyse(...job),
    };
    const session = await Session.open(input, limits, spoolless, listener).catch((reason) => {
      if (!isRefusal(reason, 'spool-missing')) throw reason;
      throw new Refusal('storage-full', { why, spooled });
    });
    session.#remarks.push(NO_ROOM);
    return session;
  }

  /** What is inside, for people. @param why a store path, or what is meant for one: explain what keeps it there */
  async inspect(options: Options, why?: string): Promise<Inspection> {
    return inspect(this.#indexed, (await this.contents()).analysed, this.#sizes, options, why);
  }

  /** What keeps a store path in the closure; waits until contents are read. */
  async why(path: ByteString): Promise<WhyStep[]> {
    const { analysed } = await this.contents();
    const { registered } = examine(this.#indexed, analysed, decide({}));
    return whyDepends(path, registered, analysed, this.#indexed.tree.nodes);
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

  get #progress(): (progress: Progress) => void {
    return progressOf(this.#listener);
  }

  async #readContents(): Promise<Contents> {
    const analyse: SessionHost['analyse'] = (...job) => {
      this.#analyses = this.#host.analyse(...job);
      return this.#analyses;
    };
    this.#known = await readContents(this.#indexed, { analyse, progress: this.#progress }, this.#listener.signal);
    return this.#known;
  }

  async #findings(options: Options): Promise<Findings> {
    findingsOf(this.#indexed, undefined, options);
    const { analysed } = await this.contents();
    return findingsOf(this.#indexed, analysed, options);
  }

  async #planFrom(findings: Findings, options: Options): Promise<Plan> {
    const registration = this.#known && registrationOf(findings, this.#indexed, options);
    const zeros = this.#known?.zeros ?? new Map();
    const twins = options.links === 'dedupe' ? await this.#findTwins() : new Map();
    const mke2fs = await makeMke2fs((name) => this.#host.program(name), options.time);
    const plan = makePlan({ ...this.#indexed, twins, zeros }, options, registration, (bytes, args) => {
      const store = new MemoryStore(bytes);
      mke2fs(store, args);
      return superblockOf(store);
    });
    const unbootable = options.nixos ? await this.#unbootable(options) : undefined;
    return unbootable === undefined ? plan : { ...plan, warnings: [...plan.warnings, unbootable] };
  }

  /** Why the system would not find its root in the image. */
  async #unbootable(options: Options): Promise<string | undefined> {
    const { tree, closure } = this.#indexed;
    const system = findSystem(tree, closure, options);
    // What can't be understood is told by `inspect`; the image is what was asked for.
    const facts = await readSystem(tree, system).catch((error) => {
      if (!isRefusal(error, 'system-bootspec')) throw error;
      return undefined;
    });
    return facts && rootMismatch(facts, options);
  }

  #findTwins(): Promise<Twins> {
    const files = this.#indexed.tree.nodes.flatMap(({ path, inode }) =>
      inode.type === 'file' && storePathOf(path) ? [inode] : [],
    );
    this.#twins ??= findTwins(files, (done, total) => this.#progress({ phase: 'index', done, total, entries: 0 }));
    return this.#twins;
  }

  async #build(options: Options): Promise<Built> {
    const { tree, closure } = this.#indexed;
    const watch = new Stopwatch(this.#indexSeconds);
    const findings = await watch.timed('analyse', () => this.#findings(options));
    const plan = await watch.timed('index', () => this.#planFrom(findings, options));
    const load = (name: Parameters<SessionHost['program']>[0]) => this.#host.program(name);
    const made = await makeFilesystem(plan, { load, watch, progress: this.#progress });
    const remarks = [...tree.warnings, ...this.#remarks];
    return { view: made.view, report: reportOf(made, plan, findings, closure.paths.length, remarks, watch) };
  }
}

/** Tells of progress; throws where the session was aborted. */
const progressOf =
  ({ signal, progress }: SessionListener) =>
  (now: Progress): void => {
    signal?.throwIfAborted();
    progress?.(now);
  };
