/** The registration that `nix-store --load-db` reads at first boot. */
import { type ByteString, toBytes } from '../bytes.ts';
import { toBase32 } from './base32.ts';
import type { Closure } from './closure.ts';
import type { Registered } from './examine.ts';

/** What make-ext4-fs.nix wrote for every hash; Nix takes it as “unknown”. */
const ZERO_HASH = '0'.repeat(64);
/** `sha256:` and 52 characters. */
const HASH_CHARACTERS = 59;
/** No NAR is larger than 2^53 bytes. */
const SIZE_CHARACTERS = 16;
/** References that a path is thought to have at most on average, where no manifest tells. */
const USUAL_REFERENCES = 24;

/** Paths → registration: in the order given; ends in exactly one newline. */
export function writeRegistration(paths: readonly Registered[]): Uint8Array<ArrayBuffer> {
  const records = paths.map(({ path, nar, deriver, references }) => {
    const hash = nar ? `sha256:${toBase32(nar.hash)}` : ZERO_HASH;
    return [path, hash, String(nar?.size ?? 0), deriver, String(references.length), ...references, ''].join('\n');
  });
  return toBytes(records.join(''));
}

/** Bytes that the registration will hardly exceed, before any content is read. */
export function registrationBound({ paths }: Closure): number {
  const lines = (list: readonly ByteString[]) => list.reduce((sum, { length }) => sum + length + 1, 0);
  const all = lines(paths.map(({ path }) => path));
  const usual = Math.ceil((all / paths.length) * Math.min(paths.length, USUAL_REFERENCES));
  return paths.reduce((sum, { path, info }) => {
    const fixed =
      path.length + Math.max(HASH_CHARACTERS, ZERO_HASH.length) + SIZE_CHARACTERS + 16 + (info?.deriver.length ?? 0);
    return sum + fixed + (info ? lines(info.references) : usual);
  }, 0);
}
