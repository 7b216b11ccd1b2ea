/**
 * A finished image, kept for a reload of its tab. What it reads of large files stays where it is: those have to be chosen
 * again. Kept in IndexedDB, since the tab's own storage holds texts alone.
 */
import { createStore, del, get, keys, set } from 'idb-keyval';
import { forget, keep, recall } from './kept.ts';
import { holdLock } from './locks.ts';
import { scratchFile } from './scratch.ts';
import type { TableSource } from './table.ts';
import type { BuildAnswer } from './worker/api.ts';

/** A finished image. */
export interface Finished {
  readonly answer: BuildAnswer;
  readonly fileName: string;
}

/** By which a file that is chosen again is known. */
type FileFacts = Pick<File, 'name' | 'size' | 'lastModified'>;

/** How each source is kept, in their order: its bytes, where they are, or what to choose again. */
type KeptSource =
  | { readonly kind: 'bytes'; readonly source: TableSource }
  | { readonly kind: 'scratch'; readonly name: string; readonly scratch: string }
  | { readonly kind: 'file'; readonly file: FileFacts };

interface Kept {
  readonly finished: Finished;
  readonly sources: readonly KeptSource[];
}

/** An image that is there again once its files are. */
export interface Waiting {
  readonly fileName: string;
  readonly files: readonly FileFacts[];
  /** `undefined` where one of them is missing. */
  complete(chosen: readonly File[]): Finished | undefined;
}

/** Under this name the tab knows its image: gone when the tab is closed. */
const MINE = 'storeimg.finished';
/** Bytes of a file that is copied, so that a reload asks for nothing. */
const SMALL = 64 * 2 ** 20;

const store = () => createStore('storeimg', 'finished');

/** Keeps an image under a name that the tab holds a lock of; returns whether a reload shows it without asking for a file. */
export async function keepImage(id: string, finished: Finished): Promise<boolean> {
  // Without locks no tab could tell which images are another's.
  if (!navigator.locks) return false;
  const { image } = finished.answer;
  const sources = image.sources.map(kept);
  try {
    const bare = { ...finished, answer: { ...finished.answer, image: { ...image, sources: [] } } };
    await set(id, { finished: bare, sources } satisfies Kept, store());
    return keep('sessionStorage', MINE, id) && !sources.some(({ kind }) => kind === 'file');
  } catch {
    return false; // A private window, no room, or nothing that can be kept.
  }
}

function kept(source: TableSource): KeptSource {
  const { name, scratch, blob } = source;
  if (scratch !== undefined) return { kind: 'scratch', name, scratch };
  if (!(blob instanceof File) || blob.size <= SMALL) return { kind: 'bytes', source };
  return { kind: 'file', file: { name, size: blob.size, lastModified: blob.lastModified } };
}

/** The name of this tab's image. */
export const keptName = (): string | undefined => recall('sessionStorage', MINE) as string | undefined;

/** @throws where nothing is kept under this name, or it can't be read any more */
export async function recallImage(id: string): Promise<Waiting> {
  const { finished, sources } = (await get(id, store())) as Kept;
  const files = sources.flatMap((source) => (source.kind === 'file' ? [source.file] : []));
  const known = await Promise.all(sources.map(reopened));
  return {
    fileName: finished.fileName,
    files,
    complete(chosen) {
      const found = sources.map((source, index) => known[index] ?? chosenAgain(source, chosen));
      if (!found.every((source) => source !== undefined)) return undefined;
      const { answer } = finished;
      return { ...finished, answer: { ...answer, image: { ...answer.image, sources: found } } };
    },
  };
}

async function reopened(source: KeptSource): Promise<TableSource | undefined> {
  if (source.kind === 'bytes') return source.source;
  if (source.kind === 'file') return undefined;
  const { name, scratch } = source;
  return { name, scratch, blob: await scratchFile(scratch) };
}

function chosenAgain(source: KeptSource, chosen: readonly File[]): TableSource | undefined {
  if (source.kind !== 'file') return undefined;
  const { name, size, lastModified } = source.file;
  const blob = chosen.find((file) => file.name === name && file.size === size && file.lastModified === lastModified);
  return blob && { name, blob };
}

/** From now on the tab has none. */
export const disown = (): void => forget('sessionStorage', MINE);

export function forgetImage(id: string): void {
  if (keptName() === id) disown();
  void del(id, store()).catch(() => {}); // Where nothing can be kept, nothing is.
}

/** Forgets the images of tabs that are gone. */
export async function forgetOthers(): Promise<void> {
  const names = (await keys(store()).catch(() => [])) as string[];
  for (const name of names) {
    const { isHeld, release } = holdLock(name, { ifAvailable: true });
    if (await isHeld) forgetImage(name);
    release();
  }
}
