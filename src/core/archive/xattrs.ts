/**
 * Extended attributes in pax records. Sources: star's `SCHILY.xattr.NAME`, whose value is the attribute's bytes (GNU
 * tar, bsdtar and others write it, too; GNU tar has `%3D` and `%25` for = and %), and libarchive's
 * `LIBARCHIVE.xattr.NAME`: the name URL-encoded, the value in base64 without padding.
 */
import type { ByteString } from '../bytes.ts';
import type { PaxRecord } from './pax.ts';

/** An extended attribute: `security.capability` and such, and its value. */
export type Xattr = readonly [name: ByteString, value: ByteString];

const STAR = 'SCHILY.xattr.';
const LIBARCHIVE = 'LIBARCHIVE.xattr.';

/** GNU tar's SELinux labels, which lie on disk with a NUL behind them. */
const LABEL = 'RHT.security.selinux';
/** ACLs as text, which nothing here reads: where they stand alone, they keep their keys, which are no attribute's name. */
const ACL = 'SCHILY.acl.';

/** Sorted by name; `undefined` where there are none. A record that can't be decoded says its key. */
export function xattrsOf(records: readonly PaxRecord[]): readonly Xattr[] | undefined | string {
  if (!records.some(([key]) => /^(SCHILY\.(xattr|acl)|LIBARCHIVE\.xattr|RHT)\./.test(key))) return undefined;
  const found = new Map<ByteString, ByteString>();
  for (const [key, value] of records) {
    if (key.startsWith(STAR)) found.set(decoded(key.slice(STAR.length), STARS_CODES), value);
    else if (key.startsWith(ACL) && !saysModeOnly(value)) found.set(key, value);
    else if (key === LABEL) found.set('security.selinux', `${value}\0`);
  }
  for (const [key, value] of records) {
    if (!key.startsWith(LIBARCHIVE)) continue;
    const bytes = decodeBase64(value);
    if (bytes === undefined) return key;
    const name = key.slice(LIBARCHIVE.length);
    // libarchive writes star's record beside its own, with the same encoded name.
    found.delete(decoded(name, STARS_CODES));
    found.set(decoded(name, URL_CODES), bytes);
  }
  // GNU tar writes an ACL as text beside the attribute that holds it.
  for (const kind of ['access', 'default']) if (found.has(`system.posix_acl_${kind}`)) found.delete(ACL + kind);
  return [...found].sort(([one], [other]) => (one < other ? -1 : 1));
}

/** Whether an ACL as text has no entry but those that a mode has. */
const saysModeOnly = (acl: ByteString): boolean => /^((user|group|other)::[rwx-]{3}[,\n]?)*$/.test(acl);

const STARS_CODES = /%(25|3D)/g;
const URL_CODES = /%([0-9A-Fa-f]{2})/g;

const decoded = (name: ByteString, codes: RegExp): ByteString =>
  name.replace(codes, (_, digits) => String.fromCharCode(Number.parseInt(digits, 16)));

function decodeBase64(text: ByteString): ByteString | undefined {
  const digits = text.replace(/=+$/, '');
  return /^[A-Za-z0-9+/]*$/.test(digits) && digits.length % 4 !== 1 ? atob(digits) : undefined;
}
