/**
 * `nix path-info --json` (an array of objects with `path`, from Nix 2.19 on an object by path, from 2.33 on such an
 * object as `info`) and the JSON of structured attributes, whose exportReferencesGraph entries are such arrays among
 * other attributes.
 * Source: Nix, src/nix/path-info.cc, src/libstore/derivation-options.cc, doc/manual “Store object info JSON format”.
 */
import { type ByteString, fromText } from '../bytes.ts';
import type { ManifestKind } from '../errors.ts';
import { parseSha256 } from './hash.ts';
import { type PlacedJson, parseJson } from './json.ts';
import type { Form, ManifestRecord, Refuse } from './manifest.ts';
import { isStorePath, STORE } from './store-path.ts';

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function parseJsonManifest(bytes: Uint8Array, refuseAs: (kind: ManifestKind) => Refuse): Form {
  const json = parseJson(new TextDecoder().decode(bytes), refuseAs('any'));
  const { kind, raws } = recordsOf(json, refuseAs('any'));
  const refuse = refuseAs(kind);
  return { kind, records: raws.map(({ path, record, line }) => parseRecord(path, record, line, refuse)) };
}

interface Raw {
  readonly path: unknown;
  readonly record: unknown;
  readonly line: number;
}

function recordsOf(json: PlacedJson, refuse: Refuse): { kind: ManifestKind; raws: readonly Raw[] } {
  const { value } = json;
  if (Array.isArray(value)) {
    if (value.length === 0) throw refuse(1, 'its list of store paths is empty');
    return { kind: 'path-info', raws: fromArray(value, json) };
  }
  const none = () => refuse(1, 'it is JSON without a list of store paths and their references');
  if (!isObject(value)) throw none();
  const isWrapped = isObject(value.info);
  const members = json.members(isWrapped ? (value.info as Json) : value);
  const isByPath = ({ key, value }: (typeof members)[number]) =>
    isStorePath(absolute(key)) && (isObject(value) || value === null);
  if (members.length > 0 && members.every(isByPath)) {
    const store = isWrapped ? json.members(value).find(({ key }) => key === 'storeDir') : undefined;
    if (store && store.value !== STORE) throw refuse(store.line, otherStore(store.value));
    return { kind: 'path-info', raws: members.map(({ key, value, line }) => ({ path: key, record: value, line })) };
  }
  // Structured attributes: whichever of them are lists of paths with references.
  const raws = members.flatMap(({ value }) => {
    const isList =
      Array.isArray(value) &&
      value.length > 0 &&
      value.every((item) => isObject(item) && 'path' in item && 'references' in item);
    return isList ? fromArray(value, json) : [];
  });
  if (raws.length === 0) throw none();
  return { kind: 'attributes', raws };
}

const fromArray = (items: readonly unknown[], json: PlacedJson): Raw[] =>
  items.map((record) => ({
    path: isObject(record) ? record.path : undefined,
    record,
    line: json.lineOf(isObject(record) ? record : items),
  }));

const otherStore = (store: unknown) => `its store is ${JSON.stringify(store)}, and an image's is ${STORE}`;

function parseRecord(rawPath: unknown, record: unknown, line: number, refuseAt: Refuse): ManifestRecord {
  const refuse = (why: string) => refuseAt(line, why);
  if (typeof rawPath !== 'string' || !isStorePath(absolute(rawPath)))
    throw refuse(`expected a store path, found ${JSON.stringify(rawPath)}`);
  const path = absolute(rawPath);
  if (!isObject(record) || record.valid === false)
    throw refuse(`${path} is not valid in the store that the manifest comes from`);
  const { references, narHash: hash, narSize: size, deriver, storeDir = STORE } = record;
  if (storeDir !== STORE) throw refuse(otherStore(storeDir));
  if (!Array.isArray(references)) throw refuse(`${path} has no list of references`);
  const wrong = references.find((reference) => typeof reference !== 'string' || !isStorePath(absolute(reference)));
  if (wrong !== undefined) throw refuse(`expected a reference of ${path}, found ${JSON.stringify(wrong)}`);
  const narHash = isUnknown(hash) ? undefined : parseSha256(hashText(hash));
  if (!isUnknown(hash) && !narHash) throw refuse(`the NAR hash of ${path} is no SHA-256: ${JSON.stringify(hash)}`);
  if (!isUnknown(size) && !(Number.isSafeInteger(size) && Number(size) >= 0))
    throw refuse(`the NAR size of ${path} is no number of bytes: ${JSON.stringify(size)}`);
  const made = typeof deriver === 'string' ? absolute(deriver) : '';
  return {
    path,
    references: references.map(absolute),
    narHash,
    narSize: isUnknown(size) ? undefined : Number(size),
    deriver: isStorePath(made) ? made : '',
    line,
  };
}

const isUnknown = (value: unknown) => value === undefined || value === null;

/** Nix 2.33 wrote hashes as objects. */
const hashText = (hash: unknown): string =>
  isObject(hash) && hash.algorithm === 'sha256' ? String(hash.hash) : String(hash);

/** Newest Nix leaves the store directory out. */
const absolute = (path: string): ByteString => fromText(path.startsWith('/') ? path : `${STORE}/${path}`);
