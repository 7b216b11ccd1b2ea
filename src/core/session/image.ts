/** Plan → image: made by e2fsprogs as metadata, mapped onto the sources, checked. */

import { Refusal } from '../errors.ts';
import {
  type AuditVerdict,
  auditImage,
  type CheckVerdict,
  checkStore,
  indexDirectories,
  makeMke2fs,
  populate,
  type Superblock,
  superblockOf,
} from '../image/index.ts';
import type { LoadProgram } from '../module.ts';
import type { Plan } from '../plan/index.ts';
import type { Progress } from '../progress.ts';
import { View } from '../storage/index.ts';
import type { Stopwatch } from './stopwatch.ts';

/** A filesystem that is made and checked; nothing of it is written anywhere. */
export interface Filesystem {
  readonly view: View;
  readonly superblock: Superblock;
  /** mke2fs' remarks. */
  readonly remarks: readonly string[];
  /** e2fsck's verdict; `undefined` when it was not asked. */
  readonly check: CheckVerdict | undefined;
  /** What was read back and found right; `undefined` when it was not asked. */
  readonly audit: AuditVerdict | undefined;
}

interface ImageHost {
  readonly load: LoadProgram;
  readonly watch: Stopwatch;
  /** Throws where the session was aborted. */
  progress(progress: Progress): void;
}

/** @throws Refusal `image-full`, `program-*`, `check-failed`, `audit-failed`, `source-unreadable` */
export async function makeFilesystem(plan: Plan, { load, watch, progress }: ImageHost): Promise<Filesystem> {
  const { time, check, audit } = plan.options;
  const total = contentBytes(plan);
  const view = new View('image', plan.bytes);
  const remarks = await watch.timed('mkfs', async () => {
    progress({ phase: 'mkfs', done: 0, total: 0, entries: 0 });
    return (await makeMke2fs(load, time))(view, plan.mke2fs);
  });
  await watch.timed('populate', async () => {
    await populate(await load('debugfs'), plan, view, (done, entries) =>
      progress({ phase: 'populate', done, total, entries }),
    );
    if (plan.options.indexDirectories) await indexDirectories(load, view, time);
  });
  const checked = check ? await watch.timed('check', () => checkView(view, plan, load, progress)) : undefined;
  const audited = audit
    ? await watch.timed('audit', async () =>
        auditImage(await load('debugfs'), plan, view, (done, entries) =>
          progress({ phase: 'audit', done, total, entries }),
        ),
      )
    : undefined;
  return { view, superblock: superblockOf(view), remarks, check: checked, audit: audited };
}

async function checkView(view: View, { options }: Plan, load: LoadProgram, progress: ImageHost['progress']) {
  progress({ phase: 'check', done: 0, total: 0, entries: 0 });
  const check = await checkStore(load, view, options.time);
  if (!check.clean) throw new Refusal('check-failed', { output: check.output });
  return check;
}

/** Bytes of files' contents, hard links counted once. */
export const contentBytes = ({ items }: Plan): number =>
  items.reduce((sum, { inode, linkTo }) => sum + (inode.type === 'file' && !linkTo ? inode.size : 0), 0);

/** Files that became names of another that is their like, and the bytes of their contents. */
export function deduplicated({ items }: Plan): { files: number; bytes: number } {
  const saved = new Map<unknown, number>();
  for (const { inode, linkTo } of items)
    if (linkTo && inode.type === 'file' && linkTo.inode !== inode) saved.set(inode, inode.size);
  return { files: saved.size, bytes: [...saved.values()].reduce((sum, size) => sum + size, 0) };
}
