/** Archives → index and closure, by headers and manifests alone. */
import { buildTree, indexArchives, type Tree } from '../archive/index.ts';
import { compressionOf, expandArchives, expandInto, isCompressed } from '../compression/index.ts';
import { isRefusal, Refusal } from '../errors.ts';
import {
  type Closure,
  isBinaryCache,
  isExportStream,
  isProvable,
  type PathInfo,
  readBinaryCache,
  readClosure,
  readExportStream,
} from '../nix/index.ts';
import type { Options } from '../options.ts';
import type { Progress } from '../progress.ts';
import type { Source } from '../storage/index.ts';
import type { SessionHost, SessionInput } from './host.ts';

/** Archives, read as far as headers and manifests. */
export interface Indexed {
  /** The archives, those that were compressed expanded. */
  readonly archives: readonly Source[];
  readonly tree: Tree;
  readonly closure: Closure;
}

type IndexHost = Pick<SessionHost, 'codecs' | 'createSpool'> & { progress(progress: Progress): void };
type Limits = Pick<Options, 'maxExpanded'>;

/** @throws Refusal for archives and manifests that can't be read as such */
export async function indexInput(input: SessionInput, limits: Limits, host: IndexHost): Promise<Indexed> {
  const { archives, tree, known } = await readTree(input.archives, limits, host);
  refuseEndless(tree);
  const closure = readClosure(tree, input.manifests, known);
  const [unended] = tree.unended;
  if (unended && !isProvable(closure)) throw new Refusal('archive-unended', unended);
  return { archives, tree, closure };
}

/** Bytes of ext4's largest file, in blocks of 4 KiB. A larger one, of holes, would be hashed for days before that is said. */
const MAX_CONTENT = (2 ** 32 - 1) * 4096;

function refuseEndless({ nodes }: Tree): void {
  for (const { path, inode } of nodes) {
    if (inode.type === 'file' && inode.size > MAX_CONTENT)
      throw new Refusal('file-too-large', { path, size: inode.size, most: MAX_CONTENT });
  }
}

/** What is no tar was perhaps compressed: then that is said, too. */
function tellingFormat(error: unknown, given: readonly Source[]): unknown {
  if (!isRefusal(error, 'archive-unknown') && !isRefusal(error, 'archive-empty')) return error;
  const archive = given.find(({ name }) => name === error.facts.name);
  const format = archive && compressionOf(archive);
  return format ? new Refusal('compressed-no-tar', { found: 'it is empty', ...error.facts, format }) : error;
}

/** The tree, the sources that its contents lie in, and what the archives themselves say of their paths. */
async function readTree(given: readonly Source[], limits: Limits, host: IndexHost) {
  const archives = await expandArchives(given, limits, host);
  const total = archives.reduce((sum, { size }) => sum + size, 0);
  const known: PathInfo[] = [];
  const tree = await indexArchives(
    archives,
    (done, entries) => host.progress({ phase: 'index', done, total, entries }),
    (source) => (isExportStream(source) ? () => readExportStream(source, known) : undefined),
  ).catch((error) => {
    throw tellingFormat(error, given);
  });
  if (!isBinaryCache(tree)) return { archives, tree, known };
  const { entries, infos, spooled } = await readBinaryCache(tree, archives, {
    isCompressed,
    expandInto: async (spool, nar) =>
      expandInto(
        (piece) => spool.append(piece),
        nar,
        limits,
        await host.codecs(),
        () => {},
      ),
    createSpool: (name) => host.createSpool(name),
  });
  const unpacked = buildTree(entries);
  const whole = { ...unpacked, warnings: [...tree.warnings, ...unpacked.warnings], unended: tree.unended };
  return { archives: [...archives, ...spooled], tree: whole, known: [...known, ...infos] };
}
