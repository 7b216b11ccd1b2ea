/** Path safety: an archive names what is inside the image, and nothing else. */
import type { ByteString } from '../bytes.ts';
import { Refusal } from '../errors.ts';

/** Linux' NAME_MAX and PATH_MAX less the final NUL. */
const MOST_NAME = 255;
const MOST_PATH = 4095;

/**
 * A path relative to the image's root, without leading, doubled and trailing slashes and `.` components.
 * @param offset where in the archive it stands, for the message
 * @throws Refusal `path-unsafe` for `..`, a name over 255 bytes, a path over 4095, a NUL
 */
export function normalise(path: ByteString, offset: number): ByteString {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  const clean = names.join('/');
  if (clean.length > MOST_PATH)
    throw new Refusal('path-unsafe', { path: clean.slice(0, 80), offset, why: `has a path over ${MOST_PATH} bytes` });
  checkNames(clean, names, offset);
  return clean;
}

function checkNames(path: ByteString, names: readonly string[], offset: number): void {
  for (const name of names) {
    if (name === '..') throw new Refusal('path-unsafe', { path, offset, why: 'has a “..” in its path' });
    if (name.length > MOST_NAME)
      throw new Refusal('path-unsafe', { path, offset, why: `has a name over ${MOST_NAME} bytes` });
    if (name.includes('\0')) throw new Refusal('path-unsafe', { path, offset, why: 'has a NUL in its name' });
  }
}
