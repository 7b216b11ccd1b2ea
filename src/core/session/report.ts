/** What was built: the part of `storeimg build --json` that the engine knows. */
import type { AuditVerdict, CheckVerdict, Superblock } from '../image/index.ts';
import type { Findings, Mention } from '../nix/index.ts';
import type { Plan } from '../plan/index.ts';
import { contentBytes, deduplicated, type Filesystem } from './image.ts';
import type { Stopwatch } from './stopwatch.ts';

export interface BuildReport {
  readonly image: Superblock & { readonly bytes: number };
  readonly closure: {
    readonly storePaths: number;
    readonly entries: number;
    readonly contentBytes: number;
    readonly missingReferences: readonly string[];
    /** Where there are any: what store paths' contents mention and the archive lacks. */
    readonly mentions?: readonly Mention[];
    /** With `--links dedupe`: files that became names of another, and the bytes of content that this saved. */
    readonly deduplicated?: { readonly files: number; readonly bytes: number };
  };
  readonly warnings: readonly string[];
  /** e2fsck's verdict; `undefined` when it was not asked. */
  readonly check: CheckVerdict | undefined;
  /** What was read back and found right; `undefined` when it was not asked. */
  readonly audit: AuditVerdict | undefined;
  readonly seconds: {
    readonly index: number;
    /** Waiting for contents to be read. */
    readonly analyse: number;
    readonly mkfs: number;
    readonly populate: number;
    readonly check: number;
    readonly audit: number;
    /** All of these. */
    readonly total: number;
  };
}

/**
 * @param storePaths how many the closure has
 * @param found what the index warned of
 */
export function reportOf(
  { view, superblock, remarks, check, audit }: Filesystem,
  plan: Plan,
  findings: Findings,
  storePaths: number,
  found: readonly string[],
  { seconds }: Stopwatch,
): BuildReport {
  return {
    image: { bytes: view.size, ...superblock },
    closure: {
      storePaths,
      entries: plan.items.length,
      contentBytes: contentBytes(plan),
      missingReferences: findings.missingReferences,
      ...(findings.mentions.length > 0 && { mentions: findings.mentions }),
      ...(plan.options.links === 'dedupe' && { deduplicated: deduplicated(plan) }),
    },
    warnings: [...found, ...plan.warnings, ...findings.warnings, ...remarks],
    check,
    audit,
    seconds: { ...seconds, total: Object.values(seconds).reduce((sum, stage) => sum + stage, 0) },
  };
}
