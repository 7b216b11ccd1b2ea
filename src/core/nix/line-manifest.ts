/**
 * The two line formats. exportReferencesGraph writes `PATH`, `DERIVER`, `COUNT`, references; the registration that
 * `nix-store --load-db` reads, and `--dump-db` writes, has `PATH`, `HASH`, `NARSIZE`, `DERIVER`, `COUNT`, references.
 * Source: Nix, makeValidityRegistration and decodeValidPathInfo in src/libstore/store-api.cc.
 */
import { type ByteString, byteString, display } from '../bytes.ts';
import { parseSha256 } from './hash.ts';
import type { PathInfo, Refuse } from './manifest.ts';
import { isStorePath } from './store-path.ts';

/** A reader of lines that knows where it is. */
class Lines {
  readonly #lines: readonly ByteString[];
  readonly #refuse: Refuse;
  #at = 0;

  constructor(bytes: Uint8Array, refuse: Refuse) {
    const lines = byteString(bytes).split('\n');
    if (lines.pop() !== '')
      throw refuse(lines.length + 1, 'the last line does not end in a newline, so the file was cut off');
    this.#lines = lines;
    this.#refuse = refuse;
  }

  get done(): boolean {
    return this.#at === this.#lines.length;
  }

  peek(ahead: number): ByteString | undefined {
    return this.#lines[this.#at + ahead];
  }

  /** The next line, which `accepts` must hold for. */
  next(what: string, accepts: (line: ByteString) => boolean): ByteString {
    const line = this.#lines[this.#at];
    if (line === undefined) throw this.#refuse(this.#at + 1, `the file ends where ${what} should stand`);
    if (!accepts(line))
      throw this.fail(`expected ${what}, found ${line === '' ? 'an empty line' : `“${display(line.slice(0, 80))}”`}`);
    this.#at++;
    return line;
  }

  fail(why: string) {
    return this.#refuse(this.#at + 1, why);
  }
}

const isCount = (line: string) => /^\d{1,9}$/.test(line);
const isSize = (line: string) => /^\d{1,15}$/.test(line);
const isDeriver = (line: string) => line === '' || isStorePath(line);

export function parseLineManifest(bytes: Uint8Array, refuse: Refuse): Omit<PathInfo, 'from'>[] {
  const lines = new Lines(bytes, refuse);
  // Where the one has its deriver, empty or a store path, the other has a hash.
  const second = lines.peek(1);
  const isRegistration = second !== undefined && !isDeriver(second);
  const infos: Omit<PathInfo, 'from'>[] = [];
  const seen = new Set<ByteString>();
  while (!lines.done) {
    if (seen.has(lines.peek(0)!)) throw lines.fail(`${lines.peek(0)} stands here a second time`);
    const path = lines.next('a store path', isStorePath);
    seen.add(path);
    const hash = isRegistration
      ? parseSha256(lines.next(`the SHA-256 of ${path}`, (line) => parseSha256(line) !== undefined))
      : undefined;
    const size = isRegistration ? Number(lines.next(`the NAR size of ${path}`, isSize)) : 0;
    const deriver = lines.next(`the deriver of ${path} or an empty line`, isDeriver);
    const count = Number(lines.next(`the number of references of ${path}`, isCount));
    const references: ByteString[] = [];
    while (references.length < count) {
      references.push(lines.next(`reference ${references.length + 1} of ${count} of ${path}`, isStorePath));
    }
    infos.push({ path, references, narHash: known(hash), narSize: size || undefined, deriver });
  }
  return infos;
}

/** make-ext4-fs.nix and old Nix wrote zeros for a hash that they did not know. */
export const known = (hash: Uint8Array | undefined) => (hash?.some((byte) => byte !== 0) ? hash : undefined);
