/** What the page shows, as one value, and what a person can do to it. */
import { computed, signal } from '@preact/signals';
import { Refusal } from '../../src/core/errors.ts';
import { imageName } from '../../src/core/index.ts';
import { type Failure, failureOf } from './failure.ts';
import { type Form, firmwareOf, form, remember, withOption } from './form.ts';
import { knownAnalyses, takeSession } from './inspection.ts';
import { type Control, optionsOf } from './options.ts';
import { fetchPart } from './parts.ts';
import { makeProgress, type Shown } from './progress.ts';
import { newScratchName, removeScratch, scratchFile } from './scratch.ts';
import type { BuildAnswer, BuildRequest, InputFiles, Storage } from './worker/api.ts';

export type Stage =
  | { readonly name: 'ready' }
  | { readonly name: 'cancelled' }
  | ({ readonly name: 'failed' } & Failure)
  | { readonly name: 'building'; readonly shown: Shown | undefined; readonly storage: Storage | undefined }
  | ({ readonly name: 'done'; readonly image: Blob; readonly url: string; readonly made: Made | undefined } & Finished);

/** What a finished image was made of; a reload forgets it. */
export type Made = InputFiles & Pick<BuildRequest, 'firmware' | 'options'>;

/** A finished image: all that is needed to find it again after a reload. */
export interface Finished {
  readonly answer: BuildAnswer;
  readonly fileName: string;
}

export const stage = signal<Stage>({ name: 'ready' });

/** Whether the form is shown. */
export const isFormOpen = computed(() => stage.value.name !== 'building' && stage.value.name !== 'done');

/** Whether a build took over the worker that had the form's archives open, and nothing was changed since. */
const wereTaken = signal(false);

/** Whether archives are looked into as soon as they are chosen: nobody's disk is filled again by what was cancelled. */
export const isLooking = computed(() => isFormOpen.value && !wereTaken.value);

let current: AbortController | undefined;
/** Forgets the finished image: its file and its lock. */
let discard: () => void = () => {};

/** Takes what a person changed; the last failure is then no longer shown. */
export function change(part: Partial<Form>): void {
  form.value = { ...form.value, ...part };
  wereTaken.value = false;
  if (stage.value.name === 'failed' || stage.value.name === 'cancelled') stage.value = { name: 'ready' };
}

export function setOption(control: Control, value: string): void {
  change({ given: withOption(form.value.given, control, value) });
}

export function fail(error: unknown): void {
  stage.value = { name: 'failed', ...failureOf(error) };
}

export function cancel(): void {
  current?.abort();
}

/** Options stay, files don't. */
export function startAgain(): void {
  discard();
  wereTaken.value = false;
  form.value = { ...form.value, archives: [], manifests: [], firmware: [] };
  stage.value = { name: 'ready' };
}

/** Builds what the form says. */
export async function start(): Promise<void> {
  if (stage.value.name === 'building') return;
  discard();
  const { archives, manifests, given } = form.value;
  const firmware = firmwareOf(form.value);
  const scratch = newScratchName();
  let end: AbortController | undefined;
  let unlock = () => {};
  try {
    if (archives.length === 0) throw new Refusal('archive-missing', {});
    const options = optionsOf(given);
    remember();
    const update = (part: Partial<Extract<Stage, { name: 'building' }>>) => {
      if (stage.value.name === 'building' && current === end) stage.value = { ...stage.value, ...part };
    };
    const show = makeProgress(() => performance.now());
    const session = takeSession((progress) => update({ shown: show(progress) }));
    end = session.end;
    current = end;
    wereTaken.value = true;
    stage.value = { name: 'building', shown: undefined, storage: undefined };
    unlock = lock(scratch);
    const answer = await session.engine.build(
      { firmware, options, scratch, analyses: knownAnalyses(archives) },
      (storage) => update({ storage }),
    );
    await present(
      { answer, fileName: imageName(archives[0]!.name, options) },
      { archives, manifests, firmware, options },
      unlock,
    );
  } catch (error) {
    unlock();
    if (end?.signal.aborted) stage.value = { name: 'cancelled' };
    else fail(error);
    if (end) void removeScratch(scratch).catch(() => {}); // No OPFS, no scratch file.
  } finally {
    end?.abort();
    if (current === end) current = undefined;
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
  change({ archives: [], manifests: [], firmware: [] });
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
