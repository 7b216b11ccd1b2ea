/** `.narinfo` files: what a binary cache says of one store path. Source: Nix, src/libstore/nar-info.cc. */
import { type ByteString, byteString } from '../bytes.ts';
import { Refusal } from '../errors.ts';
import { parseSha256 } from './hash.ts';
import type { PathInfo } from './manifest.ts';
import { isStorePath, STORE } from './store-path.ts';

export interface NarInfo {
  readonly info: PathInfo;
  /** Where the NAR is, relative to the narinfo's folder; percent-encoding undone. */
  readonly url: ByteString;
}

/** @throws Refusal `manifest-format` with the line */
export function parseNarInfo(name: string, bytes: Uint8Array): NarInfo {
  const fields = new Map<string, { readonly value: ByteString; readonly line: number }>();
  const lines = byteString(bytes).split('\n');
  const refuse = (line: number, why: string) => new Refusal('manifest-format', { name, line, why, kind: 'narinfo' });
  for (const [at, text] of lines.entries()) {
    const colon = text.indexOf(': ');
    if (colon > 0) fields.set(text.slice(0, colon), { value: text.slice(colon + 2), line: at + 1 });
    // Fields without a value, and the file's end.
    else if (text !== '' && !text.endsWith(':')) throw refuse(at + 1, 'it is no field of a narinfo (Name: value)');
  }
  const field = (key: string, accepts: (value: ByteString) => boolean) => {
    const found = fields.get(key);
    if (!found) throw refuse(lines.length, `the field ${key} is missing`);
    if (!accepts(found.value)) throw refuse(found.line, `${key} is malformed`);
    return found.value;
  };
  const inStore = (value: ByteString) => isStorePath(`${STORE}/${value}`);
  const path = field('StorePath', isStorePath);
  const references = (fields.get('References')?.value ?? '').split(' ').filter((reference) => reference !== '');
  const stranger = references.find((reference) => !inStore(reference));
  if (stranger !== undefined) throw refuse(fields.get('References')!.line, `“${stranger}” is no store path's name`);
  const deriver = fields.get('Deriver')?.value ?? '';
  return {
    url: decoded(field('URL', (value) => value !== '')),
    info: {
      path,
      references: references.map((reference) => `${STORE}/${reference}`),
      narHash: parseSha256(field('NarHash', (value) => parseSha256(value) !== undefined)),
      narSize: Number(field('NarSize', (value) => /^\d{1,15}$/.test(value))),
      deriver: inStore(deriver) ? `${STORE}/${deriver}` : '',
      from: name,
    },
  };
}

const decoded = (url: ByteString): ByteString =>
  url.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
