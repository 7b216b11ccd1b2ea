import { Codec } from '../compression/index.ts';
import type { CompiledModule } from '../module.ts';
import type { Options } from '../options.ts';

/** A choice of `--compress` → its native program's level, and the ending it gives to a file's name. */
export const COMPRESSIONS: Readonly<Record<Options['compress'], { readonly level: number; readonly ending: string }>> =
  {
    none: { level: 0, ending: '' },
    gzip: { level: 6, ending: '.gz' },
    zstd: { level: 3, ending: '.zst' },
  };

/**
 * What compresses the output. One thread, no name, no time: the same bytes wherever it runs.
 * @param codecs loads the compiled codecs; not asked where nothing is compressed
 */
export async function makeCompressor(
  { compress }: Pick<Options, 'compress'>,
  codecs: () => Promise<CompiledModule>,
): Promise<Codec | undefined> {
  return compress === 'none' ? undefined : new Codec(await codecs(), compress, COMPRESSIONS[compress].level);
}
