/** Closure manifests: what Nix says of the archive's paths, in any of the forms that it writes, told apart by content. */
import { type ByteString, byteString } from '../bytes.ts';
import { type ManifestKind, Refusal } from '../errors.ts';
import { parseJsonManifest } from './json-manifest.ts';
import { parseLineManifest } from './line-manifest.ts';
import { isStorePath } from './store-path.ts';

/** A closure manifest given beside the archive. */
export interface ManifestFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What a manifest says of one store path. */
export interface PathInfo {
  readonly path: ByteString;
  /** In the manifest's order; may contain the path itself. */
  readonly references: readonly ByteString[];
  /** SHA-256 of the NAR; `undefined` where the manifest does not know (no such field, or zeros). */
  readonly narHash: Uint8Array | undefined;
  /** Bytes of the NAR; `undefined` where the manifest does not know (no such field, or 0). */
  readonly narSize: number | undefined;
  /** The derivation that made it; '' when unknown. */
  readonly deriver: ByteString;
  /** The manifest's name, for messages. */
  readonly from: string;
}

/** One record of a manifest, as it stands there: a hash of zeros and a size of 0 still mean unknown. */
export interface ManifestRecord extends Omit<PathInfo, 'from'> {
  /** The line that it begins in; counts from 1. */
  readonly line: number;
}

/** A manifest of one of the forms; records may be read, and refused, as they are asked for. */
export interface Form {
  readonly kind: ManifestKind;
  readonly records: Iterable<ManifestRecord>;
}

/** Makes the refusal of a manifest. `line` counts from 1. */
export type Refuse = (line: number, why: string) => Refusal;

/** Whether a file could be a manifest: its first line is a store path, or it begins as JSON does. */
export function looksLikeManifest(head: Uint8Array): boolean {
  const bytes = withoutMark(head);
  const end = bytes.indexOf(0x0a);
  return isJson(bytes) || (end > 0 && isStorePath(byteString(bytes, 0, end).replace(/\r$/, '')));
}

/**
 * Reads one manifest. A path may stand there twice when both records agree.
 * @throws Refusal `manifest-format` with the line
 */
export function parseManifest(name: string, bytes: Uint8Array): PathInfo[] {
  const { kind, records } = formOf(name, bytes);
  const found = new Map<ByteString, { info: PathInfo; line: number }>();
  for (const { line, ...record } of records) {
    const { narHash, narSize } = record;
    const info = {
      ...record,
      narHash: narHash?.some((byte) => byte !== 0) ? narHash : undefined,
      narSize: narSize || undefined,
      from: name,
    };
    const earlier = found.get(info.path);
    if (earlier && !agree(earlier.info, info)) {
      const why = `${info.path} stands here a second time, and line ${earlier.line} says something else of it`;
      throw new Refusal('manifest-format', { name, line, why, kind });
    }
    found.set(info.path, { info: merge(earlier?.info, info), line });
  }
  return Array.from(found.values(), ({ info }) => info);
}

/** The later record of a path wins, but does not unlearn what an earlier one knew. */
export const merge = (earlier: PathInfo | undefined, later: PathInfo): PathInfo => ({
  ...later,
  narHash: later.narHash ?? earlier?.narHash,
  narSize: later.narSize ?? earlier?.narSize,
  deriver: later.deriver || earlier?.deriver || '',
});

/** Whether two records of a path could both be true. */
function agree(a: PathInfo, b: PathInfo): boolean {
  const [one, other] = [merge(a, b), merge(b, a)];
  const facts = ({ references, narHash, narSize, deriver }: PathInfo) =>
    [narHash?.join() ?? '', narSize ?? '', deriver, ...[...references].sort()].join('\n');
  return facts(one) === facts(other);
}

/**
 * Whether a file that is no manifest was meant to be one: it begins with a whole record, or with JSON of the known
 * shapes.
 */
export function beginsLikeManifest(bytes: Uint8Array): boolean {
  if (isJson(withoutMark(bytes))) {
    const head = byteString(bytes, 0, Math.min(bytes.length, JSON_HEAD));
    return JSON_RECORD.every((part) => part.test(head));
  }
  try {
    const unixLines = bytes.filter((byte) => byte !== 0x0d);
    for (const _ of formOf('', unixLines).records) return true;
  } catch {
    // No record ends where it should.
  }
  return false;
}

/** A first record has some hundred bytes, and a line for each reference. */
const JSON_HEAD = 2 ** 16;
/** A store path as key or value, and references. */
const JSON_RECORD = [/"(\/nix\/store\/)?[0-9a-df-np-sv-z]{32}-/, /"references"\s*:\s*\[/];

function formOf(name: string, bytes: Uint8Array): Form {
  const refuseAs =
    (kind: ManifestKind): Refuse =>
    (line, why) =>
      new Refusal('manifest-format', { name, line, why, kind });
  const text = withoutMark(bytes);
  if (text.length === 0) throw refuseAs('any')(1, 'the file is empty');
  if (isUtf16(text)) throw refuseAs('any')(1, 'it is UTF-16, and Nix writes UTF-8');
  return isJson(text) ? parseJsonManifest(text, refuseAs) : parseLineManifest(text, refuseAs);
}

const isJson = (bytes: Uint8Array) => /^\s*[[{]/.test(byteString(bytes, 0, Math.min(bytes.length, 64)));

/** Some editors put a byte order mark before UTF-8. */
const withoutMark = (bytes: Uint8Array): Uint8Array =>
  byteString(bytes, 0, 3) === '\xef\xbb\xbf' ? bytes.subarray(3) : bytes;

/** A byte order mark, or what an ASCII character is in UTF-16. */
const isUtf16 = (bytes: Uint8Array) => /^(\xff\xfe|\xfe\xff|\0[^\0]|[^\0]\0)/.test(byteString(bytes, 0, 2));
