/** SHA-256 in the spellings that Nix writes and reads. Source: Nix, Hash::parseAny in src/libutil/hash.cc. */
import { toBytes } from '../bytes.ts';
import { fromBase32 } from './base32.ts';

/** 64 hex digits, 52 nix-base32 or 44 base64 characters, bare or after `sha256:`, or `sha256-` and base64. */
export function parseSha256(text: string): Uint8Array | undefined {
  if (text.startsWith('sha256-')) return fromBase64(text.slice(7));
  const digits = text.startsWith('sha256:') ? text.slice(7) : text;
  switch (digits.length) {
    case 64:
      return fromHex(digits);
    case 52:
      return fromBase32(digits);
    case 44:
      return fromBase64(digits);
    default:
      return undefined;
  }
}

function fromHex(text: string): Uint8Array | undefined {
  if (!/^[0-9a-f]+$/i.test(text)) return undefined;
  return Uint8Array.from(text.match(/../g)!, (pair) => Number.parseInt(pair, 16));
}

function fromBase64(text: string): Uint8Array | undefined {
  return /^[A-Za-z0-9+/]{43}=$/.test(text) ? toBytes(atob(text)) : undefined;
}
