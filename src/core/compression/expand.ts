/**
 * Compressed archives → plain ones: the index and everything after it read an archive at any offset. What is in them is
 * kept on a spool of the host's as long as there is room for it, and expanded again whenever they are read otherwise. What compresses an archive
 * is told by its first bytes, not by its name.
 */
import { isRefusal, Refusal } from '../errors.ts';
import type { CompiledModule } from '../module.ts';
import type { Options } from '../options.ts';
import type { Progress } from '../progress.ts';
import type { Source, Spool } from '../storage/index.ts';
import { type Expanding, ExpandingSource } from './expanding-source.ts';
import { Expansion, isCompressed } from './expansion.ts';

/** What the automatic limit lets through: this much in any case, and this many times the compressed bytes. */
const ALWAYS_EXPANDED = 16 * 2 ** 30;
const MOST_TIMES = 200;

/** What a spool refuses with when it can hold no more. */
const NO_ROOM = ['storage-full', 'spool-missing'] as const;

export interface ExpandHost {
  /** The compiled decompressors (wasm/codecs). */
  codecs(): Promise<CompiledModule>;
  /** A place for what is in a compressed archive of this name. */
  createSpool(name: string): Promise<Spool>;
  progress(progress: Progress): void;
}

/**
 * The archives, those that are compressed replaced by what is in them.
 * @throws Refusal `compressed-*`, `storage-failed`, `source-unreadable`
 */
export async function expandArchives(
  archives: readonly Source[],
  options: Pick<Options, 'maxExpanded'>,
  host: ExpandHost,
): Promise<Source[]> {
  const compressed = new Set(archives.filter(isCompressed));
  const total = [...compressed].reduce((sum, { size }) => sum + size, 0);
  let before = 0;
  const expanded: Source[] = [];
  for (const archive of archives) {
    if (!compressed.has(archive)) {
      expanded.push(archive);
      continue;
    }
    const progress = (done: number) => host.progress({ phase: 'expand', done: before + done, total, entries: 0 });
    expanded.push(await expand(archive, options, host, progress));
    before += archive.size;
  }
  return expanded;
}

/**
 * What is in a compressed archive: all of it on a spool, as far as there is room; decompressed where it is read
 * otherwise.
 */
async function expand(
  archive: Source,
  options: Pick<Options, 'maxExpanded'>,
  host: ExpandHost,
  progress: (done: number) => void,
): Promise<Source> {
  const codecs = await host.codecs();
  let isFull = false;
  const unlessFull = (error: unknown) => {
    if (!NO_ROOM.some((code) => isRefusal(error, code))) throw error;
    isFull = true;
  };
  const spool = await host.createSpool(archive.name).catch(unlessFull);
  const append = (piece: Uint8Array) => {
    if (isFull) return;
    try {
      spool!.append(piece);
    } catch (error) {
      unlessFull(error);
    }
  };
  const size = await expandInto(append, archive, options, codecs, progress).catch(async (error) => {
    await spool?.discard();
    throw error;
  });
  if (!isFull) return spool!.finish();
  await spool?.discard();
  return new ExpandingSource(archive, { size, codecs });
}

/** What another thread needs to reopen this source: the host's file and, if decompressed where it is read, how. */
export const partsOf = (source: Source): { own: Source; expanding: Expanding | undefined } =>
  source instanceof ExpandingSource
    ? { own: source.compressed, expanding: source.expanding }
    : { own: source, expanding: undefined };

/** There, the source made of these parts. */
export const ofParts = (own: Source, expanding: Expanding | undefined): Source =>
  expanding ? new ExpandingSource(own, expanding) : own;

/**
 * Expands all of a compressed source; returns how many bytes came out.
 * @param append takes what is in it, in pieces that are valid during the call
 * @param progress called with the compressed bytes that are done
 * @throws Refusal `compressed-*`, `source-unreadable`, and whatever `append` throws
 */
export async function expandInto(
  append: (piece: Uint8Array) => void,
  source: Source,
  { maxExpanded }: Pick<Options, 'maxExpanded'>,
  codecs: CompiledModule,
  progress: (done: number) => void,
): Promise<number> {
  const { name, size } = source;
  const most = maxExpanded === 'auto' ? Math.max(ALWAYS_EXPANDED, MOST_TIMES * size) : maxExpanded;
  const expansion = new Expansion(source, codecs);
  await expansion.prefetch();
  for (let piece = expansion.next(); piece; piece = expansion.next()) {
    if (expansion.made > most) throw new Refusal('compressed-bomb', { name, size, most });
    append(piece);
    if (piece.length > 0) continue;
    progress(expansion.read);
    await expansion.prefetch();
  }
  return expansion.made;
}
