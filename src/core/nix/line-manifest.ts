/**
 * The two line formats. exportReferencesGraph writes `PATH`, `DERIVER`, `COUNT`, references; the registration that
 * `nix-store --load-db` reads, and `--dump-db` writes, has `PATH`, `HASH`, `NARSIZE`, `DERIVER`, `COUNT`, references.
 * Source: Nix, makeValidityRegistration and decodeValidPathInfo in src/libstore/store-api.cc.
 */
import { type ByteString, byteString, display } from '../bytes.ts';
import type { ManifestKind } from '../errors.ts';
import { parseSha256 } from './hash.ts';
import type { Form, ManifestRecord, Refuse } from './manifest.ts';
import { isStorePath } from './store-path.ts';

/** A reader of lines that knows where it is. */
class Lines {
  readonly #lines: readonly ByteString[];
  /** Index of a last line that does not end. */
  readonly #cutOff: number;
  readonly #refuse: Refuse;
  #at = 0;

  constructor(lines: readonly ByteString[], refuse: Refuse) {
    const isWhole = lines.at(-1) === '';
    this.#lines = isWhole ? lines.slice(0, -1) : lines;
    this.#cutOff = isWhole ? -1 : lines.length - 1;
    this.#refuse = refuse;
  }

  get done(): boolean {
    return this.#at === this.#lines.length;
  }

  /** Number of the next line. */
  get number(): number {
    return this.#at + 1;
  }

  /** The next line, which `accepts` must hold for. */
  next(what: string, accepts: (line: ByteString) => boolean): ByteString {
    const line = this.#lines[this.#at];
    const why = line === undefined ? `the file ends where ${what} should stand` : this.#faultOf(line, what, accepts);
    if (why) throw this.#refuse(this.number, why);
    this.#at++;
    return line!;
  }

  #faultOf(line: ByteString, what: string, accepts: (line: ByteString) => boolean): string | undefined {
    if (this.#at === this.#cutOff) return 'the last line does not end in a newline, so the file was cut off';
    if (accepts(line)) return undefined;
    if (line.endsWith('\r')) return 'its lines end in CR LF as on Windows, and Nix’ end in LF';
    return `expected ${what}, found ${line === '' ? 'an empty line' : `“${display(line.slice(0, 80))}”`}`;
  }
}

const isCount = (line: string) => /^\d{1,9}$/.test(line);
const isSize = (line: string) => /^\d{1,15}$/.test(line);
const isDeriver = (line: string) => line === '' || isStorePath(line);

export function parseLineManifest(bytes: Uint8Array, refuseAs: (kind: ManifestKind) => Refuse): Form {
  const lines = byteString(bytes).split('\n');
  // Where the one has its deriver, empty or a store path, the other has a hash.
  const kind = lines[1] === undefined || isDeriver(lines[1]) ? 'graph' : 'registration';
  return { kind, records: readRecords(new Lines(lines, refuseAs(kind)), kind === 'registration') };
}

function* readRecords(lines: Lines, isRegistration: boolean): Generator<ManifestRecord> {
  while (!lines.done) {
    const line = lines.number;
    const path = lines.next('a store path', isStorePath);
    const narHash = isRegistration
      ? parseSha256(lines.next(`the SHA-256 of ${path}`, (line) => parseSha256(line) !== undefined))
      : undefined;
    const narSize = isRegistration ? Number(lines.next(`the NAR size of ${path}`, isSize)) : undefined;
    const deriver = lines.next(`the deriver of ${path} or an empty line`, isDeriver);
    const count = Number(lines.next(`the number of references of ${path}`, isCount));
    const references: ByteString[] = [];
    while (references.length < count) {
      references.push(lines.next(`reference ${references.length + 1} of ${count} of ${path}`, isStorePath));
    }
    yield { path, references, narHash, narSize, deriver, line };
  }
}
