/**
 * File names, paths and link targets are bytes, not text: Linux allows every byte but `/` and NUL, in no particular
 * encoding. The engine keeps them as **byte strings**: strings whose every character is one byte (U+0000 to U+00FF).
 * They are map keys, they compare and sort as the bytes do, and engines store them at one byte a character.
 */
export type ByteString = string & { readonly byteString?: never };

const PIECE = 4096;

/** The bytes `from` to `to` of a buffer as a byte string. */
export function byteString(bytes: Uint8Array, from = 0, to = bytes.length): ByteString {
  let text = '';
  for (let at = from; at < to; at += PIECE) {
    // Spreading takes twice as long: it goes by way of the iterator.
    text += String.fromCharCode.apply(null, bytes.subarray(at, Math.min(to, at + PIECE)) as unknown as number[]);
  }
  return text;
}

/** A byte string's bytes. */
export function toBytes(text: ByteString): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  putBytes(bytes, text);
  return bytes;
}

/** Fills `into` with a byte string's bytes, those from `from` on. */
export function putBytes(into: Uint8Array, text: ByteString, from = 0): void {
  for (let i = 0; i < into.length; i++) into[i] = text.charCodeAt(from + i);
}

/** The same bytes by themselves: a slice keeps alive what it was cut from. */
export const copied = (text: ByteString): ByteString => byteString(toBytes(text));

/** Bytes as lower-case hex digits. */
export const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Text (what a person typed, a JSON string) as the byte string of its UTF-8 form. */
export function fromText(text: string): ByteString {
  return byteString(new TextEncoder().encode(text));
}

/** They turn the order of the letters around them, so that a name could be read as another. */
const TURNING = /[\u202a-\u202e\u2066-\u2069]/g;

/** A byte string for people to read: UTF-8 where it is that, other bytes and control characters as `\xNN`. */
export function display(text: ByteString): string {
  const hex = (bytes: string) =>
    Array.from(bytes, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`).join('');
  let decoded: string;
  try {
    decoded = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(toBytes(text));
  } catch {
    return text.replace(/[^\x20-\x7e]/g, hex);
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return decoded.replace(/[\x00-\x1f\x7f-\x9f]/g, hex).replace(TURNING, (char) => hex(fromText(char)));
}

/** What follows the first of several in a sentence: ` (and 2 more)`. */
export const andMore = (list: readonly unknown[]): string => (list.length > 1 ? ` (and ${list.length - 1} more)` : '');

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];

/** A number of bytes for people to read: 1536 → `1.5 KiB`. */
export function displaySize(bytes: number): string {
  const unit = Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${unit === 0 ? bytes : (bytes / 1024 ** unit).toFixed(1)} ${UNITS[unit]}`;
}
