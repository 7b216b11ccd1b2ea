/** The whole way: archives → image, checked. */
import { indexArchives } from '../archive/index.ts';
import { Refusal } from '../errors.ts';
import type { BuildHost, BuildInput, BuildReport, Phase } from '../index.ts';
import { readClosure } from '../nix/index.ts';
import { makePlan, type Plan } from '../plan/index.ts';
import { type BlockStore, MemoryStore } from '../storage/index.ts';
import { populate } from './populate.ts';
import { checkStore, makeMke2fs } from './programs.ts';
import { readSuperblock } from './superblock.ts';

/** What a plan was made from, besides the plan. */
export interface Planned {
  readonly plan: Plan;
  readonly storePaths: number;
  /** Bytes of the files' contents. */
  readonly contentBytes: number;
  readonly warnings: readonly string[];
}

type PlanHost = Pick<BuildHost, 'program' | 'progress'>;

/** Archives → plan. Reads headers and manifests, no contents. */
export async function planImage({ archives, manifests, options }: BuildInput, host: PlanHost): Promise<Planned> {
  const total = archives.reduce((sum, { size }) => sum + size, 0);
  const report = (done: number, entries: number) => host.progress({ phase: 'index', done, total, entries });
  const tree = await indexArchives(archives, report);
  const closure = readClosure(tree, manifests);
  const mke2fs = await makeMke2fs((name) => host.program(name), options.time);
  const plan = makePlan(tree, closure, options, (bytes, args) => {
    const store = new MemoryStore(bytes);
    mke2fs(store, args);
    return superblockOf(store);
  });
  const contentBytes = plan.items.reduce(
    (sum, { inode, linkTo }) => sum + (inode.type === 'file' && !linkTo ? inode.size : 0),
    0,
  );
  const warnings = [...tree.warnings, ...closure.warnings];
  return { plan, storePaths: closure.paths.length, contentBytes, warnings };
}

/**
 * Builds an image on a store of the host's.
 * @throws Refusal for whatever is wrong with the input, the options, the storage or the image itself
 */
export async function buildImage(input: BuildInput, host: BuildHost): Promise<BuildReport> {
  const seconds = { index: 0, mkfs: 0, populate: 0, check: 0 };
  const started = host.now();
  const timed = async <T>(phase: Phase, work: () => Promise<T>): Promise<T> => {
    const from = host.now();
    const result = await work();
    seconds[phase] = (host.now() - from) / 1000;
    return result;
  };
  const { plan, storePaths, contentBytes, warnings } = await timed('index', () => planImage(input, host));
  const { time } = input.options;
  const load = (name: Parameters<BuildHost['program']>[0]) => host.program(name);

  const { store, remarks } = await timed('mkfs', async () => {
    host.progress({ phase: 'mkfs', done: 0, total: 0, entries: 0 });
    const store = await host.createStore(plan.bytes);
    return { store, remarks: (await makeMke2fs(load, time))(store, plan.mke2fs) };
  });
  await timed('populate', async () =>
    populate(await load('debugfs'), plan, store, (done, entries) =>
      host.progress({ phase: 'populate', done, total: contentBytes, entries }),
    ),
  );
  store.flush();
  const check = input.options.check
    ? await timed('check', () => {
        host.progress({ phase: 'check', done: 0, total: 0, entries: 0 });
        return checkStore(load, store, time);
      })
    : undefined;
  if (check && !check.clean) throw new Refusal('check-failed', { output: check.output });
  return {
    image: { bytes: plan.bytes, ...superblockOf(store) },
    closure: { storePaths, entries: plan.items.length, contentBytes, missingReferences: [] },
    warnings: [...warnings, ...remarks.map((remark) => `mke2fs: ${remark}`)],
    check,
    seconds: { ...seconds, total: (host.now() - started) / 1000 },
  };
}

function superblockOf(store: BlockStore) {
  const superblock = readSuperblock(store);
  if (!superblock) throw new Error('mke2fs reported success and left no superblock');
  return superblock;
}
