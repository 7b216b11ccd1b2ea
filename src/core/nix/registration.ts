/** The registration that `nix-store --load-db` reads at first boot. */
import { toBytes } from '../bytes.ts';
import type { PathInfo } from './manifest.ts';

/** What make-ext4-fs.nix wrote for every hash; Nix takes it as “unknown”. */
const ZERO_HASH = '0'.repeat(64);

/** Paths → registration: sorted as given, without derivers, ends in exactly one newline. */
export function writeRegistration(paths: readonly PathInfo[]): Uint8Array<ArrayBuffer> {
  const records = paths.map(({ path, references }) =>
    [path, ZERO_HASH, '0', '', String(references.length), ...references, ''].join('\n'),
  );
  return toBytes(records.join(''));
}
