/** What the page shows, as one value, and what a person can do to it. */
import { computed, signal } from '@preact/signals';
import { Refusal } from '../../src/core/errors.ts';
import { COMPRESSIONS, type Options, sentence } from '../../src/core/index.ts';
import { build } from './bridge.ts';
import { type Form, form, remember, withOption } from './form.ts';
import { knownAnalyses } from './inspection.ts';
import { type Control, optionsOf } from './options.ts';
import { fetchPart } from './parts.ts';
import { makeProgress, type Shown } from './progress.ts';
import { newScratchName, removeScratch, scratchFile } from './scratch.ts';
import type { BuildAnswer, BuildRequest, Storage } from './worker/api.ts';

export type Stage =
  | { readonly name: 'ready' }
  | { readonly name: 'cancelled' }
  | { readonly name: 'failed'; readonly sentence: string }
  | { readonly name: 'building'; readonly shown: Shown | undefined; readonly storage: Storage | undefined }
  | ({ readonly name: 'done'; readonly image: Blob; readonly url: string; readonly made: Made | undefined } & Finished);

/** What a finished image was made of; a reload forgets it. */
export type Made = Pick<BuildRequest, 'archives' | 'manifests' | 'options'>;

/** A finished image: all that is needed to find it again after a reload. */
export interface Finished {
  readonly answer: BuildAnswer;
  readonly fileName: string;
}

export const stage = signal<Stage>({ name: 'ready' });

/** Whether the form is shown. */
export const isFormOpen = computed(() => stage.value.name !== 'building' && stage.value.name !== 'done');

let current: AbortController | undefined;
/** Forgets the finished image: its file and its lock. */
let discard: () => void = () => {};

/** Takes what a person changed; the last failure is then no longer shown. */
export function change(part: Partial<Form>): void {
  form.value = { ...form.value, ...part };
  if (stage.value.name === 'failed' || stage.value.name === 'cancelled') stage.value = { name: 'ready' };
}

export function setOption(control: Control, value: string): void {
  change({ given: withOption(form.value.given, control, value) });
}

export function fail(error: unknown): void {
  stage.value = { name: 'failed', sentence: sentence(error) };
}

export function cancel(): void {
  current?.abort();
}

/** Options stay, files don't. */
export function startAgain(): void {
  discard();
  form.value = { ...form.value, archives: [], manifests: [] };
  stage.value = { name: 'ready' };
}

/** Builds what the form says. */
export async function start(): Promise<void> {
  if (stage.value.name === 'building') return;
  discard();
  const { archives, manifests, given } = form.value;
  const controller = new AbortController();
  const scratch = newScratchName();
  let unlock = () => {};
  try {
    if (archives.length === 0) throw new Refusal('archive-missing', {});
    const options = optionsOf(given);
    remember();
    current = controller;
    stage.value = { name: 'building', shown: undefined, storage: undefined };
    unlock = lock(scratch);
    const update = (part: Partial<Extract<Stage, { name: 'building' }>>) => {
      if (stage.value.name === 'building' && current === controller) stage.value = { ...stage.value, ...part };
    };
    const show = makeProgress(() => performance.now());
    const answer = await build(
      controller.signal,
      { archives, manifests, options, scratch, analyses: knownAnalyses(archives) },
      (progress) => update({ shown: show(progress) }),
      (storage) => update({ storage }),
    );
    await present(
      { answer, fileName: imageName(archives[0]!.name, options) },
      { archives, manifests, options },
      unlock,
    );
  } catch (error) {
    unlock();
    if (controller.signal.aborted) stage.value = { name: 'cancelled' };
    else fail(error);
  } finally {
    if (current === controller) current = undefined;
  }
}

/** Where this tab keeps what it needs to show a finished image again: gone when the tab is closed. */
const FINISHED = 'storeimg.finished';

async function present(finished: Finished, made: Made | undefined, unlock: () => void): Promise<void> {
  const { place } = finished.answer;
  const image = place.kind === 'memory' ? place.blob : await scratchFile(place.scratch);
  const url = URL.createObjectURL(image);
  if (place.kind === 'opfs') sessionStorage.setItem(FINISHED, JSON.stringify(finished));
  discard = () => {
    URL.revokeObjectURL(url);
    sessionStorage.removeItem(FINISHED);
    if (place.kind === 'opfs') void removeScratch(place.scratch);
    unlock();
    discard = () => {};
  };
  stage.value = { name: 'done', image, url, made, ...finished };
}

/** Shows the image again that this tab had finished before it was reloaded. */
export async function restore(): Promise<void> {
  const stored = sessionStorage.getItem(FINISHED);
  if (stored === null) return;
  const finished: Finished = JSON.parse(stored);
  const { place } = finished.answer;
  try {
    if (place.kind !== 'opfs' || (await scratchFile(place.scratch)).size !== sizeOf(finished.answer))
      throw new Error('gone');
    await present(finished, undefined, lock(place.scratch));
  } catch {
    sessionStorage.removeItem(FINISHED);
  }
}

/** Builds the small closure that the page ships. */
export async function trySample(): Promise<void> {
  change({ archives: [], manifests: [] });
  try {
    const fetched = async (name: string) => new File([await (await fetchPart(`sample/${name}`)).blob()], name);
    change({ archives: [await fetched('store.tar')], manifests: [await fetched('closure-sample')] });
    await start();
  } catch (error) {
    fail(error);
  }
}

/** Takes files that were dropped: archives, and manifests by their names. */
export function take(files: readonly File[]): void {
  const isManifest = ({ name }: File) => /^closure-|registration$|\.json$/.test(name);
  const manifests = files.filter(isManifest);
  const archives = files.filter((file) => !isManifest(file));
  change({
    ...(archives.length && { archives }),
    ...(manifests.length && { manifests }),
  });
}

/** Bytes of the file that is downloaded. */
export const sizeOf = ({ raw, delivery }: BuildAnswer): number => delivery?.writtenBytes ?? raw.bytes;

const imageName = (archive: string, { compress }: Options) =>
  `${archive.replace(/\.(tar|tgz|txz)?(\.(gz|xz|zst|bz2|lz4))?$/i, '') || 'store'}.img${COMPRESSIONS[compress].ending}`;

/** Holds the scratch file's lock, which tells other tabs that it is in use, until the returned function is called. */
function lock(name: string): () => void {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  void navigator.locks?.request(name, () => held);
  return release;
}

addEventListener('beforeunload', (event) => {
  if (stage.value.name !== 'building') return;
  event.preventDefault();
});
