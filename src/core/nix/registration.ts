/** The registration that `nix-store --load-db` reads at first boot. */
import { type ByteString, toBytes } from '../bytes.ts';
import type { Options } from '../options.ts';
import { toBase32 } from './base32.ts';
import type { Closure } from './closure.ts';
import type { Registered } from './examine.ts';

/** What make-ext4-fs.nix wrote for every hash; Nix takes it as “unknown”. */
const ZERO_HASH = '0'.repeat(64);
/** `sha256:` and 52 characters. */
const HASH_CHARACTERS = 59;
/** Where no manifest tells: digits of a NAR's size, and of how many references a path has; how many that is on average. */
const USUAL = { sizeDigits: 12, countDigits: 3, references: 24 };

/** Paths → registration: in the order given; ends in exactly one newline. */
export function writeRegistration(paths: readonly Registered[]): Uint8Array<ArrayBuffer> {
  const records = paths.map(({ path, nar, deriver, references }) => {
    const hash = nar ? `sha256:${toBase32(nar.hash)}` : ZERO_HASH;
    return [path, hash, String(nar?.size ?? 0), deriver, String(references.length), ...references, ''].join('\n');
  });
  return toBytes(records.join(''));
}

/**
 * Bytes that a registration will hardly exceed, told before any content is read.
 * @param registration the option: `zero` has zeros for what only contents know
 */
export function registrationBound(
  { paths }: Pick<Closure, 'paths'>,
  { registration }: Pick<Options, 'registration'>,
): number {
  const lines = (list: readonly ByteString[]) => list.reduce((sum, { length }) => sum + length + 1, 0);
  const all = lines(paths.map(({ path }) => path));
  const usual = Math.ceil((all / paths.length) * Math.min(paths.length, USUAL.references));
  const isZero = registration === 'zero';
  const hash = isZero ? ZERO_HASH.length : HASH_CHARACTERS;
  let bound = 0;
  for (const { path, info } of paths) {
    const size = isZero ? 1 : info?.narSize ? String(info.narSize).length : USUAL.sizeDigits;
    const count = info ? String(info.references.length).length : USUAL.countDigits;
    const fields = [path.length, hash, size, info?.deriver.length ?? 0, count];
    bound += fields.reduce((sum, length) => sum + length + 1, info ? lines(info.references) : usual);
  }
  return bound;
}
