/** Nix' base 32: digits from the last 5 bits of the reversed bytes. Source: Nix, src/libutil/hash.cc. */

const ALPHABET = '0123456789abcdfghijklmnpqrsvwxyz';

/** Bytes → nix-base32, most significant digit first; a SHA-256 gives 52 characters. */
export function toBase32(bytes: Uint8Array): string {
  let text = '';
  for (let digit = Math.ceil((bytes.length * 8) / 5) - 1; digit >= 0; digit--) {
    const bit = digit * 5;
    const at = Math.floor(bit / 8);
    const pair = bytes[at]! | ((bytes[at + 1] ?? 0) << 8);
    text += ALPHABET[(pair >> (bit % 8)) & 31];
  }
  return text;
}

/** nix-base32 → bytes; `undefined` for other characters, or digits beyond the last byte. */
export function fromBase32(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8));
  for (let digit = 0; digit < text.length; digit++) {
    const value = ALPHABET.indexOf(text[text.length - 1 - digit]!);
    if (value < 0) return undefined;
    const bit = digit * 5;
    const at = Math.floor(bit / 8);
    const pair = value << (bit % 8);
    if (at < bytes.length) bytes[at]! |= pair & 0xff;
    else if (pair & 0xff) return undefined;
    if (pair >> 8) {
      if (at + 1 >= bytes.length) return undefined;
      bytes[at + 1]! |= pair >> 8;
    }
  }
  return bytes;
}
