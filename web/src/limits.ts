/** What memory is used for where the browser gives the page no disk storage. */
import { Refusal } from '../../src/core/errors.ts';

/** Bytes: of an image, and of what a compressed archive holds. */
export const MOST_IN_MEMORY = { image: 2 ** 30, content: 2 ** 29 } as const;

/** What is said of an image that memory is not used for; `undefined` of a smaller one. */
export function imageRefusal(bytes: number): Refusal | undefined {
  const most = MOST_IN_MEMORY.image;
  return bytes > most ? new Refusal('storage-missing', { bytes, most }) : undefined;
}
