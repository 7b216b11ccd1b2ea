/** What the page shows, as one value, and what a person can do to it. */
import { computed, signal } from '@preact/signals';
import { Refusal } from '../../src/core/errors.ts';
import { imageName, looksLikeManifest } from '../../src/core/index.ts';
import { type Failure, failureOf } from './failure.ts';
import { added, type FileField, type Form, firmwareOf, form, rememberOptions, withOption } from './form.ts';
import { beginSession, inspection, knownAnalyses, openArchives, type Session, takeSession } from './inspection.ts';
import { forget, keep, recall } from './kept.ts';
import { holdLock } from './locks.ts';
import { type Control, optionsOf } from './options.ts';
import { fetchPart } from './parts.ts';
import { makeProgress, type Shown } from './progress.ts';
import { newScratchName, removeScratch, scratchFile } from './scratch.ts';
import type { BuildAnswer, BuildRequest, ImagePlace, InputFiles, Storage } from './worker/api.ts';

export type Stage = (
  | { readonly name: 'ready' }
  | { readonly name: 'cancelled' }
  | ({ readonly name: 'failed' } & Failure)
  | { readonly name: 'building'; readonly shown: Shown | undefined; readonly storage: Storage | undefined }
  | ({
      readonly name: 'done';
      readonly image: Blob;
      readonly url: string;
      readonly made: Made | undefined;
      /** Whether it survives a reload, or was saved elsewhere. */
      readonly isSafe: boolean;
    } & Finished)
) & {
  /** Why something that was tried meanwhile was not done. */
  readonly notice?: Failure;
};

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
  stage.value = { name: 'ready' };
}

export function setOption(control: Control, value: string): void {
  change({ given: withOption(form.value.given, control, value) });
  rememberOptions();
}

/** Takes files that were dropped: on the field of one kind, or anywhere, told apart by their contents. */
export async function take(files: readonly File[], field: FileField = 'archives'): Promise<void> {
  const fields = await Promise.all(
    files.map(async (file) => (field === 'archives' && (await isManifest(file)) ? 'manifests' : field)),
  );
  if (!isFormOpen.value) return;
  const of = (kind: FileField) => files.filter((_, index) => fields[index] === kind);
  const dropped = of('archives');
  const { failure, image } = inspection.value ?? {};
  const isRefused = failure !== undefined || image !== undefined;
  const { archives, manifests, firmware } = form.value;
  change({
    // What is no archive is in nobody's way.
    archives: added(isRefused && dropped.length > 0 ? [] : archives, dropped),
    manifests: added(manifests, of('manifests')),
    firmware: added(firmware, of('firmware')).slice(-1),
  });
}

const isManifest = (file: File): Promise<boolean> =>
  file
    .slice(0, 300)
    .arrayBuffer()
    .then(
      (head) => looksLikeManifest(new Uint8Array(head)),
      () => false,
    );

export function fail(error: unknown): void {
  stage.value = { name: 'failed', ...failureOf(error) };
}

/** Says why something is not done, and leaves everything as it is. */
export function refuse(sentence: string, code?: Failure['code']): void {
  stage.value = { ...stage.value, notice: { sentence, code } };
}

export function cancel(): void {
  current?.abort();
}

/** The finished image was saved. */
export function saved(): void {
  if (stage.value.name === 'done') stage.value = { ...stage.value, isSafe: true };
}

/** Options stay, and so does what was not built. */
export function startAgain(): void {
  const { archives } = form.value;
  const isBuilt = stage.value.name === 'done' && stage.value.made?.archives === archives;
  discard();
  change(isBuilt ? { archives: [], manifests: [], firmware: [] } : {});
}

/** Builds what the form says. */
export async function start(): Promise<void> {
  if (!isFormOpen.value) return;
  const { archives, manifests, given } = form.value;
  let made: Made;
  try {
    if (archives.length === 0) throw new Refusal('archive-missing', {});
    made = { archives, manifests, firmware: firmwareOf(form.value), options: optionsOf(given) };
  } catch (error) {
    return fail(error);
  }
  const session = takeSession();
  wereTaken.value = true;
  await build(session, async () => made);
}

/** Builds the small closure that the page ships, whatever the form says. */
export async function trySample(): Promise<void> {
  if (!isFormOpen.value) return;
  const session = beginSession();
  await build(session, async () => {
    const fetched = async (name: string) => {
      const response = await fetchPart(`sample/${name}`, session.end.signal);
      return new File([await response.blob()], name);
    };
    const [archive, manifest] = await Promise.all([fetched('store.tar'), fetched('closure-sample')]);
    const made = { archives: [archive], manifests: [manifest], firmware: undefined, options: optionsOf({}) };
    openArchives(session, made, made.options).catch(() => {}); // The build fails with the same.
    return made;
  });
}

/** @param prepare gives what the session has open, or is about to */
async function build(session: Session, prepare: () => Promise<Made>): Promise<void> {
  const { engine, end } = session;
  const scratch = newScratchName();
  const { release } = holdLock(scratch);
  const update = (part: Partial<Extract<Stage, { name: 'building' }>>) => {
    if (stage.value.name === 'building' && current === end) stage.value = { ...stage.value, ...part };
  };
  const show = makeProgress(() => performance.now());
  session.hear = (progress) => update({ shown: show(progress) });
  current = end;
  stage.value = { name: 'building', shown: undefined, storage: undefined };
  try {
    const made = await prepare();
    const { archives, firmware, options } = made;
    const request = { firmware, options, scratch, analyses: knownAnalyses(archives) };
    const answer = await engine.build(request, (storage) => update({ storage }));
    const image = await imageAt(answer.place);
    end.signal.throwIfAborted();
    present({ answer, fileName: imageName(archives[0]!.name, options) }, image, made, release);
  } catch (error) {
    release();
    if (end.signal.aborted) stage.value = { name: 'cancelled' };
    else fail(error);
    void removeScratch(scratch).catch(() => {}); // No OPFS, no scratch file.
  } finally {
    end.abort();
    if (current === end) current = undefined;
  }
}

/** Where this tab keeps what it needs to show a finished image again: gone when the tab is closed. */
const FINISHED = 'storeimg.finished';

const imageAt = async (place: ImagePlace): Promise<Blob> =>
  place.kind === 'memory' ? place.blob : scratchFile(place.scratch);

function present(finished: Finished, image: Blob, made: Made | undefined, unlock: () => void): void {
  const { place } = finished.answer;
  const url = URL.createObjectURL(image);
  const isSafe = place.kind === 'opfs' && keep('sessionStorage', FINISHED, finished);
  discard = () => {
    URL.revokeObjectURL(url);
    forget('sessionStorage', FINISHED);
    if (place.kind === 'opfs') void removeScratch(place.scratch);
    unlock();
    discard = () => {};
  };
  stage.value = { name: 'done', image, url, made, isSafe, ...finished };
}

/** Milliseconds in which a reloaded tab's own lock is free again. */
const MOMENT = 1000;

/** Shows the image again that this tab had finished before it was reloaded. */
export async function restore(): Promise<void> {
  const finished = recall('sessionStorage', FINISHED) as Finished | undefined;
  if (!finished) return;
  let release = () => {};
  try {
    const { place } = finished.answer;
    if (place.kind !== 'opfs') throw new Error('not on disk');
    // A tab that was duplicated has left a copy of this to the other, which has no right to the image.
    const lock = holdLock(place.scratch, { signal: AbortSignal.timeout(MOMENT) });
    release = lock.release;
    if (!(await lock.isHeld)) throw new Error('held elsewhere');
    const image = await imageAt(place);
    if (image.size !== sizeOf(finished.answer) || stage.value.name !== 'ready') throw new Error('gone');
    present(finished, image, undefined, release);
  } catch {
    release();
    forget('sessionStorage', FINISHED);
  }
}

/** Bytes of the file that is downloaded. */
export const sizeOf = ({ raw, delivery }: BuildAnswer): number => delivery?.writtenBytes ?? raw.bytes;

addEventListener('beforeunload', (event) => {
  const { value } = stage;
  if (value.name === 'building' || (value.name === 'done' && !value.isSafe)) event.preventDefault();
});
