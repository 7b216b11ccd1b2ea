/** The whole way: archives → image, checked. */
import { ExpandedSource } from '../compression/index.ts';
import { isRefusal, Refusal } from '../errors.ts';
import type { BuildHost, BuildInput, BuildReport } from '../host.ts';
import { type Closure, type Findings, registrationBound, writeRegistration } from '../nix/index.ts';
import { type Learned, makePlan, type Plan } from '../plan/index.ts';
import { examineContents, type Indexed, indexInput, type ReadHost } from '../read.ts';
import { type BlockStore, MemoryStore } from '../storage/index.ts';
import { auditImage } from './audit.ts';
import { populate } from './populate.ts';
import { checkStore, indexDirectories, makeMke2fs } from './programs.ts';
import { readSuperblock } from './superblock.ts';

/** The share of an image that may be left free beyond the headroom, less the MiB that its size is rounded by. */
const SPARE = { share: 1 / 100, rounding: 2 ** 20 };

/** Whether so much of the registration is a guess that the image would be larger than it has to be: contents come first. */
function guessesTooMuch({ tree, closure }: Indexed, options: BuildInput['options']): boolean {
  if (options.registration === 'none' || options.size !== 'fit') return false;
  const { guessed } = registrationBound(closure, options);
  const bytes = tree.nodes.reduce((sum, { inode }) => sum + (inode.type === 'file' ? inode.size : 0), 0);
  return guessed > 0 && guessed > bytes * SPARE.share - SPARE.rounding;
}

/** What the original registered: the paths that its manifests name. */
function registrationOf({ registered }: Findings, closure: Closure, profile: string): Uint8Array {
  const named = new Set(closure.paths.filter(({ info }) => info).map(({ path }) => path));
  return writeRegistration(profile === 'original' ? registered.filter(({ path }) => named.has(path)) : registered);
}

/** Archives' index → plan, without reading contents; the registration's size is bounded. */
export async function planIndexed(
  indexed: Indexed,
  { options }: Pick<BuildInput, 'options'>,
  host: ReadHost & Pick<BuildHost, 'program'>,
  learned: Learned = {},
): Promise<Plan> {
  const mke2fs = await makeMke2fs((name) => host.program(name), options.time);
  const twins = options.links === 'dedupe' ? await indexed.twins() : new Map();
  return makePlan({ ...indexed, twins }, options, learned, (bytes, args) => {
    const store = new MemoryStore(bytes);
    mke2fs(store, args);
    return superblockOf(store);
  });
}

/** Archives → plan and registration. Reads all contents when the registration is to know them. */
export async function planImage(
  input: BuildInput,
  host: ReadHost & Pick<BuildHost, 'program'>,
): Promise<{ plan: Plan; registration: Uint8Array | undefined }> {
  return planWhole(await indexInput(input, host), input, host);
}

/** The same for archives that are indexed already. */
export async function planWhole(
  indexed: Indexed,
  input: Pick<BuildInput, 'options'>,
  host: ReadHost & Pick<BuildHost, 'program'>,
): Promise<{ plan: Plan; registration: Uint8Array | undefined }> {
  return planExamined(indexed, input, await examineContents(indexed, input, host), host);
}

/** The same where it is known what is in the contents. */
export async function planExamined(
  indexed: Indexed,
  input: Pick<BuildInput, 'options'>,
  findings: Findings,
  host: ReadHost & Pick<BuildHost, 'program'>,
): Promise<{ plan: Plan; registration: Uint8Array | undefined }> {
  const registration = registrationOf(findings, indexed.closure, input.options.profile);
  const exact = { registrationBytes: registration.length };
  let made = await planIndexed(indexed, input, host, guessesTooMuch(indexed, input.options) ? exact : {});
  if (made.registrationBytes === undefined) return { plan: made, registration: undefined };
  if (registration.length > made.registrationBytes) {
    made = await planIndexed(indexed, input, host, exact);
  }
  return { plan: made, registration };
}

/**
 * Builds an image on a store of the host's. Contents are hashed and searched while they are written: the registration
 * comes last, planned for by a bound. Should a prediction be short, the build starts over with what it has learned.
 * @param known what an earlier build of the same input learned
 * @throws Refusal for whatever is wrong with the input, the options, the storage or the image itself
 */
export async function buildImage(input: BuildInput, host: BuildHost, known: Learned = {}): Promise<BuildReport> {
  const started = host.now();
  const indexed = await indexInput(input, host);
  const index = (host.now() - started) / 1000;
  const report = await buildIndexed(indexed, input, host, known);
  const { seconds } = report;
  return { ...report, seconds: { ...seconds, index: index + seconds.index, total: index + seconds.total } };
}

/** The same of archives that are indexed already. */
export async function buildIndexed(
  indexed: Indexed,
  input: Pick<BuildInput, 'options'>,
  host: BuildHost,
  known: Learned = {},
): Promise<BuildReport> {
  const started = host.now();
  const { seconds, timed } = stopwatch(host);
  const { time, profile } = input.options;
  const load = (name: Parameters<BuildHost['program']>[0]) => host.program(name);

  let broken: unknown;
  const examined = examineContents(indexed, input, host);
  examined.catch((error) => {
    broken = error;
  });
  const make = async (made: Plan) => {
    if (broken) throw broken;
    // Where the registration comes last, nothing is left to write after it that would be worth a word.
    let isLast = false;
    const registration = async () => {
      isLast = profile === 'default';
      host.progress({ phase: 'analyse', done: 0, total: 0, entries: 0 });
      const findings = await timed('analyse', () => examined);
      const bytes = registrationOf(findings, indexed.closure, profile);
      if (bytes.length > made.registrationBytes!) throw Short.registration(bytes.length);
      return bytes;
    };
    const { store, remarks } = await timed('mkfs', async () => {
      host.progress({ phase: 'mkfs', done: 0, total: 0, entries: 0 });
      const store = await host.createStore(made.bytes);
      return { store, remarks: (await makeMke2fs(load, time))(store, made.mke2fs) };
    });
    const total = contentBytesOf(made);
    await timed('populate', async () =>
      populate(await load('debugfs'), made, store, registration, (done, entries) => {
        if (broken) throw broken;
        if (!isLast) host.progress({ phase: 'populate', done, total, entries });
      }),
    ).catch((error) => {
      throw isRefusal(error, 'image-full') && made.options.size === 'fit' ? Short.full(made) : error;
    });
    if (made.options.indexDirectories) await timed('populate', () => indexDirectories(load, store, time));
    store.flush();
    const left = superblockOf(store);
    if (lacksHeadroom(made, left)) throw Short.headroom(made, left);
    return { plan: made, store, remarks };
  };

  const again: string[] = [];
  const attempt = async (learned: Learned): Promise<Awaited<ReturnType<typeof make>>> => {
    const made = await timed('index', () => planIndexed(indexed, input, host, learned));
    return make(made).catch(async (error) => {
      if (isRefusal(error, 'storage-full') && (await releaseSpools(indexed, host, examined))) {
        again.push(NO_ROOM);
        return attempt(learned);
      }
      if (!(error instanceof Short) || again.includes(error.message)) throw error;
      again.push(error.message);
      return attempt({ ...learned, ...error.lesson });
    });
  };
  const learned: { registrationBytes?: number } = {};
  if (guessesTooMuch(indexed, input.options)) {
    host.progress({ phase: 'analyse', done: 0, total: 0, entries: 0 });
    const findings = await timed('analyse', () => examined);
    learned.registrationBytes = registrationOf(findings, indexed.closure, profile).length;
  }
  const built = await attempt({ ...learned, ...known }).catch((error) => {
    throw tellingOfSpool(error, indexed);
  });
  const { store, remarks } = built;
  // Without a registration nothing has waited for it yet.
  const findings = await timed('analyse', () => examined);
  await host.whole?.(store);
  const check = input.options.check
    ? await timed('check', () => {
        host.progress({ phase: 'check', done: 0, total: 0, entries: 0 });
        return checkStore(load, store, time);
      })
    : undefined;
  if (check && !check.clean) throw new Refusal('check-failed', { output: check.output });
  const { plan } = built;
  const audit = input.options.audit
    ? await timed('audit', async () => {
        const isNone = plan.registrationBytes === undefined;
        const registration = isNone ? undefined : registrationOf(findings, indexed.closure, profile);
        const total = contentBytesOf(plan);
        return auditImage(await load('debugfs'), plan, store, registration, (done, entries) =>
          host.progress({ phase: 'audit', done, total, entries }),
        );
      })
    : undefined;
  return {
    image: { bytes: store.size, ...superblockOf(store) },
    closure: {
      storePaths: indexed.closure.paths.length,
      entries: plan.items.length,
      contentBytes: contentBytesOf(plan),
      missingReferences: findings.missingReferences,
      ...(input.options.links === 'dedupe' && { deduplicated: deduplicated(plan) }),
    },
    warnings: [...indexed.tree.warnings, ...plan.warnings, ...findings.warnings, ...again, ...remarks],
    check,
    audit,
    seconds: { ...seconds, total: (host.now() - started) / 1000 },
  };
}

/** Seconds of each phase. One that runs within another counts for itself alone. */
function stopwatch({ now }: Pick<BuildHost, 'now'>) {
  const seconds = { index: 0, mkfs: 0, populate: 0, analyse: 0, check: 0, audit: 0 };
  let phase: keyof typeof seconds | undefined;
  let since = now();
  const change = (next: typeof phase) => {
    const at = now();
    if (phase) seconds[phase] += (at - since) / 1000;
    phase = next;
    since = at;
  };
  const timed = async <T>(inner: keyof typeof seconds, work: () => Promise<T>): Promise<T> => {
    const outer = phase;
    change(inner);
    try {
      return await work();
    } finally {
      change(outer);
    }
  };
  return { seconds, timed };
}

/** A prediction was short; the message is the warning that goes with the next attempt. */
class Short extends Error {
  readonly lesson: Learned;
  constructor(what: string, lesson: Learned) {
    super(`The ${what} than planned for: the image was built a second time.`);
    this.lesson = lesson;
  }

  static registration = (registrationBytes: number) => new Short('registration was larger', { registrationBytes });

  static headroom = ({ freeBlocks }: Plan, left: Free) =>
    new Short('contents took more blocks', { blocks: freeBlocks - left.freeBlocks });

  /** How much more there is to come is not known: an eighth, and the headroom that is used up. */
  static full = ({ freeBlocks }: Plan) =>
    new Short('contents took many more blocks', { blocks: Math.ceil((freeBlocks * 9) / 8) });
}

interface Free {
  readonly freeBlocks: number;
}

const NO_ROOM =
  'There was no room for the image and what is in the compressed archive at once: the image was begun a second time, and the archive expanded while it was read.';

/** Gives the room back that compressed archives take; returns whether that was any. */
async function releaseSpools(
  { archives }: Indexed,
  host: Pick<BuildHost, 'progress'>,
  examined: Promise<unknown>,
): Promise<boolean> {
  const expanded = archives.filter((archive) => archive instanceof ExpandedSource);
  if (expanded.length === 0) return false;
  // Another thread may still be reading there.
  host.progress({ phase: 'analyse', done: 0, total: 0, entries: 0 });
  await examined;
  const released = await Promise.all(expanded.map((archive) => archive.release()));
  return released.includes(true);
}

/** The same failure, which tells of the archive that took room, too. */
function tellingOfSpool(error: unknown, { spooled }: Indexed): unknown {
  if (spooled === undefined || !isRefusal(error, 'storage-full')) return error;
  return new Refusal('storage-full', { ...error.facts, spooled });
}

const lacksHeadroom = ({ options, blockSize }: Plan, { freeBlocks }: Free) =>
  options.size === 'fit' && freeBlocks * blockSize < options.headroom;

const contentBytesOf = ({ items }: Plan) =>
  items.reduce((sum, { inode, linkTo }) => sum + (inode.type === 'file' && !linkTo ? inode.size : 0), 0);

/** Files that became names of another that is their like, and the bytes of their contents. */
function deduplicated({ items }: Plan): { files: number; bytes: number } {
  const saved = new Map<unknown, number>();
  for (const { inode, linkTo } of items)
    if (linkTo && inode.type === 'file' && linkTo.inode !== inode) saved.set(inode, inode.size);
  return { files: saved.size, bytes: [...saved.values()].reduce((sum, size) => sum + size, 0) };
}

function superblockOf(store: BlockStore) {
  const superblock = readSuperblock(store);
  if (!superblock) throw new Error('mke2fs reported success and left no superblock');
  return superblock;
}
