/**
 * `nix path-info --json` (an array of objects with `path`, or from Nix 2.19 on an object by path) and the JSON of
 * structured attributes, whose exportReferencesGraph entries are such arrays among other attributes.
 * Source: Nix, src/nix/path-info.cc, src/libstore/derivation-options.cc, doc/manual “Store object info JSON format”.
 */
import { type ByteString, fromText } from '../bytes.ts';
import { parseSha256 } from './hash.ts';
import { known } from './line-manifest.ts';
import type { PathInfo, Refuse } from './manifest.ts';
import { isStorePath, STORE } from './store-path.ts';

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function parseJsonManifest(bytes: Uint8Array, refuse: Refuse): Omit<PathInfo, 'from'>[] {
  const text = new TextDecoder().decode(bytes);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const [, position] = /position (\d+)/.exec((error as Error).message) ?? [];
    throw refuse(position ? lineOf(text, Number(position)) : 1, 'it is no well-formed JSON');
  }
  const records = recordsOf(json);
  if (!records) throw refuse(1, 'it is JSON without a list of store paths and their references');
  return records.map(({ path, record }) =>
    parseRecord(path, record, (why) => refuse(lineOf(text, text.indexOf(JSON.stringify(path))), why)),
  );
}

interface Raw {
  readonly path: unknown;
  readonly record: unknown;
}

function recordsOf(json: unknown): Raw[] | undefined {
  if (Array.isArray(json)) return fromArray(json);
  if (!isObject(json)) return undefined;
  const entries = Object.entries(isObject(json.info) ? json.info : json);
  if (
    entries.length > 0 &&
    entries.every(([key, value]) => isStorePath(absolute(key)) && (isObject(value) || value === null))
  ) {
    return entries.map(([path, record]) => ({ path, record }));
  }
  // Structured attributes: whichever of them are lists of paths with references.
  const lists = entries.flatMap(([, value]) => {
    const isList =
      Array.isArray(value) &&
      value.length > 0 &&
      value.every((item) => isObject(item) && 'path' in item && 'references' in item);
    return isList ? fromArray(value) : [];
  });
  const byPath = new Map(lists.map((raw) => [raw.path, raw]));
  return byPath.size > 0 ? [...byPath.values()] : undefined;
}

const fromArray = (items: readonly unknown[]): Raw[] =>
  items.map((record) => ({ path: isObject(record) ? record.path : undefined, record }));

function parseRecord(rawPath: unknown, record: unknown, refuse: (why: string) => Error): Omit<PathInfo, 'from'> {
  if (typeof rawPath !== 'string' || !isStorePath(absolute(rawPath)))
    throw refuse(`expected a store path, found ${JSON.stringify(rawPath)}`);
  const path = absolute(rawPath);
  if (!isObject(record) || record.valid === false)
    throw refuse(`${path} is not valid in the store that the manifest comes from`);
  const { references, narHash, narSize, deriver } = record;
  if (!Array.isArray(references)) throw refuse(`${path} has no list of references`);
  const wrong = references.find((reference) => typeof reference !== 'string' || !isStorePath(absolute(reference)));
  if (wrong !== undefined) throw refuse(`expected a reference of ${path}, found ${JSON.stringify(wrong)}`);
  const hash = narHash === undefined ? undefined : parseSha256(String(narHash));
  if (narHash !== undefined && !hash) throw refuse(`the NAR hash of ${path} is no SHA-256: ${JSON.stringify(narHash)}`);
  if (narSize !== undefined && !(Number.isSafeInteger(narSize) && Number(narSize) >= 0))
    throw refuse(`the NAR size of ${path} is no number of bytes: ${JSON.stringify(narSize)}`);
  const made = typeof deriver === 'string' ? absolute(deriver) : '';
  return {
    path,
    references: references.map(absolute),
    narHash: known(hash),
    narSize: Number(narSize ?? 0) || undefined,
    deriver: isStorePath(made) ? made : '',
  };
}

/** Newest Nix leaves the store directory out. */
const absolute = (path: string): ByteString => fromText(path.startsWith('/') ? path : `${STORE}/${path}`);

const lineOf = (text: string, position: number) => (position < 0 ? 1 : text.slice(0, position).split('\n').length);
