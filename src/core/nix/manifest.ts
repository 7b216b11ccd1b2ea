/** Closure manifests: what Nix says of the archive's paths, in any of the forms that it writes, told apart by content. */
import { type ByteString, byteString } from '../bytes.ts';
import { Refusal } from '../errors.ts';
import { parseJsonManifest } from './json-manifest.ts';
import { parseLineManifest } from './line-manifest.ts';
import { isStorePath } from './store-path.ts';

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

/** Makes the refusal of a manifest. `line` counts from 1. */
export type Refuse = (line: number, why: string) => Refusal;

/** Whether a file could be a manifest: its first line is a store path, or it begins as JSON does. */
export function looksLikeManifest(head: Uint8Array): boolean {
  const end = head.indexOf(0x0a);
  return isJson(head) || (end > 0 && isStorePath(byteString(head, 0, end)));
}

/**
 * Reads one manifest.
 * @throws Refusal `manifest-format` with the line
 */
export function parseManifest(name: string, bytes: Uint8Array): PathInfo[] {
  const refuse: Refuse = (line, why) => new Refusal('manifest-format', { name, line, why });
  if (bytes.length === 0) throw refuse(1, 'the file is empty');
  const parse = isJson(bytes) ? parseJsonManifest : parseLineManifest;
  return parse(bytes, refuse).map((info) => ({ ...info, from: name }));
}

const isJson = (bytes: Uint8Array) => /^\s*[[{]/.test(byteString(bytes, 0, Math.min(bytes.length, 64)));
