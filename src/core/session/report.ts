/** What was built: the part of `storeimg build --json` that the engine knows. */
import type { AuditVerdict, CheckVerdict, Superblock } from '../image/index.ts';

export interface BuildReport {
  readonly image: Superblock & { readonly bytes: number };
  readonly closure: {
    readonly storePaths: number;
    readonly entries: number;
    readonly contentBytes: number;
    readonly missingReferences: readonly string[];
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
