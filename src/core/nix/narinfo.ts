/** `.narinfo` files: what a binary cache says of one store path. Source: Nix, src/libstore/nar-info.cc. */
import { type ByteString, byteString, display } from '../bytes.ts';
import { Refusal } from '../errors.ts';
import { parseSha256 } from './hash.ts';
import type { PathInfo } from './manifest.ts';
import { isStorePath, STORE } from './store-path.ts';

export interface NarInfo {
  readonly info: PathInfo;
  /** Where the NAR is, relative to the narinfo's folder; percent-encoding undone, and without a query. */
  readonly url: ByteString;
  /** Makes the refusal of what the URL leads to. */
  readonly refuseUrl: (why: string) => Refusal;
}

/** Compressions that storeimg undoes, by Nix' names for them. Source: Nix, src/libutil/compression.cc. */
const EXPANDED = ['none', 'gzip', 'zstd', 'xz', 'bzip2', 'lz4'];

/** @throws Refusal `manifest-format` with the line */
export function parseNarInfo(name: string, bytes: Uint8Array): NarInfo {
  const fields = new Map<string, { readonly value: ByteString; readonly line: number }>();
  const lines = byteString(bytes).split('\n');
  const refuse = (line: number, why: string) => new Refusal('manifest-format', { name, line, why, kind: 'narinfo' });
  for (const [at, text] of lines.entries()) {
    if (text.endsWith('\r')) throw refuse(at + 1, 'its lines end in CR LF as on Windows, and Nix’ end in LF');
    const colon = text.indexOf(': ');
    if (colon > 0) fields.set(text.slice(0, colon), { value: text.slice(colon + 2), line: at + 1 });
    // Fields without a value, and the file's end.
    else if (text !== '' && !text.endsWith(':')) throw refuse(at + 1, 'it is no field of a narinfo (Name: value)');
  }
  const field = (key: string, accepts: (value: ByteString) => boolean, otherwise = `${key} is malformed`) => {
    const found = fields.get(key);
    if (!found) throw refuse(lines.length, `the field ${key} is missing`);
    if (!accepts(found.value)) throw refuse(found.line, otherwise);
    return found.value;
  };
  const inStore = (value: ByteString) => isStorePath(`${STORE}/${value}`);
  const path = field('StorePath', isStorePath);
  const references = (fields.get('References')?.value ?? '').split(' ').filter((reference) => reference !== '');
  const stranger = references.find((reference) => !inStore(reference));
  if (stranger !== undefined)
    throw refuse(fields.get('References')!.line, `“${display(stranger)}” is no store path's name`);
  const deriver = fields.get('Deriver')?.value ?? '';
  const url = plainUrl(field('URL', (value) => plainUrl(value) !== ''));
  const compression = fields.get('Compression');
  if (compression && !EXPANDED.includes(compression.value))
    throw refuse(
      compression.line,
      `the NAR of ${path} (“${display(url)}”) is compressed with “${display(compression.value)}”, which storeimg can't expand (it can ${EXPANDED.slice(1).join(', ')})`,
    );
  field('NarSize', (value) => /^\d{1,15}$/.test(value));
  return {
    url,
    refuseUrl: (why) => refuse(fields.get('URL')!.line, why),
    info: {
      path,
      references: references.map((reference) => `${STORE}/${reference}`),
      narHash: parseSha256(field('NarHash', (value) => parseSha256(value) !== undefined)),
      narSize: Number(field('NarSize', (value) => !/^0+$/.test(value), 'NarSize is 0, and no NAR is empty')),
      deriver: inStore(deriver) ? `${STORE}/${deriver}` : '',
      from: name,
    },
  };
}

/** Some servers add `?sha256=…`; `./` stands for the folder itself. */
const plainUrl = (url: ByteString): ByteString =>
  url
    .replace(/\?.*$/, '')
    .replace(/^(\.?\/)+/, '')
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
