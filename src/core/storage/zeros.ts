/** Whether there is nothing but zeros; anything else is mostly told by its first bytes. */
export function isZeros(bytes: Uint8Array): boolean {
  const { buffer, byteOffset, length } = bytes;
  let at = 0;
  if ((byteOffset & 3) === 0) {
    const words = new Uint32Array(buffer, byteOffset, length >>> 2);
    for (let word = 0; word < words.length; word++) if (words[word] !== 0) return false;
    at = words.length * 4;
  }
  for (; at < length; at++) if (bytes[at] !== 0) return false;
  return true;
}
