/**
 * Closure manifests: what Nix says of the archive's paths. Two line formats, told apart by content:
 * exportReferencesGraph's (`PATH`, `DERIVER`, `COUNT`, references) and the registration that `nix-store --load-db`
 * reads (`PATH`, `HASH`, `NARSIZE`, `DERIVER`, `COUNT`, references).
 * Source: Nix, makeValidityRegistration and decodeValidPathInfo in src/libstore/store-api.cc.
 */
import { type ByteString, byteString, display } from '../bytes.ts';
import { Refusal } from '../errors.ts';
import { isStorePath } from './store-path.ts';

/** What a manifest says of one store path. */
export interface PathInfo {
  readonly path: ByteString;
  /** In the manifest's order; may contain the path itself. */
  readonly references: readonly ByteString[];
  /** The manifest's name, for messages. */
  readonly from: string;
}

/** Whether a file could be a manifest: its first line is a store path. */
export function looksLikeManifest(head: Uint8Array): boolean {
  const end = head.indexOf(0x0a);
  return end > 0 && isStorePath(byteString(head, 0, end));
}

/**
 * Reads one manifest of either format.
 * @throws Refusal `manifest-format` with the line
 */
export function parseManifest(name: string, bytes: Uint8Array): PathInfo[] {
  const lines = byteString(bytes).split('\n');
  const refuse = (line: number, why: string) => new Refusal('manifest-format', { name, line: line + 1, why });
  if (lines.pop() !== '')
    throw refuse(lines.length, 'the last line does not end in a newline, so the file was cut off');
  // A registration has a hash where the other has its empty deriver line or a deriver.
  const skip = lines.length > 1 && lines[1] !== '' && !isStorePath(lines[1]!) ? 4 : 2;
  const infos: PathInfo[] = [];
  for (let at = 0; at < lines.length; ) {
    const path = lines[at]!;
    if (!isStorePath(path)) throw refuse(at, `expected a store path, found “${display(path.slice(0, 80))}”`);
    const countLine = at + skip;
    const count = lines[countLine];
    if (count === undefined) throw refuse(lines.length, `the record of ${path} is cut off`);
    if (!/^\d{1,9}$/.test(count))
      throw refuse(countLine, `expected the number of references, found “${display(count.slice(0, 80))}”`);
    const first = countLine + 1;
    const references = lines.slice(first, first + Number(count));
    if (references.length < Number(count)) throw refuse(lines.length, `the record of ${path} is cut off`);
    const wrong = references.findIndex((reference) => !isStorePath(reference));
    if (wrong >= 0)
      throw refuse(
        first + wrong,
        `expected a reference of ${path}, found “${display(references[wrong]!.slice(0, 80))}”`,
      );
    infos.push({ path, references, from: name });
    at = first + references.length;
  }
  return infos;
}
