/** What a finished image is called. */
import type { Options } from '../options.ts';
import { COMPRESSIONS } from './compressor.ts';

/** The endings that archives have: a tar's, a compression's, or both. */
const ENDINGS = /(\.(tar|tgz|tbz2?|txz|tzst))?(\.(gz|xz|zst|bz2|lz4))?$/i;

/** An archive's name with `.img`, and what a compression adds, instead of its endings. */
export function imageName(archive: string, { compress }: Pick<Options, 'compress'>): string {
  return `${archive.replace(ENDINGS, '') || archive}.img${COMPRESSIONS[compress].ending}`;
}
