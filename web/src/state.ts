/** What the page shows, as one value, and what a person can do to it. */
import { batch, computed, effect, signal } from '@preact/signals';
import { Refusal } from '../../src/core/errors.ts';
import { imageName, looksLikeManifest } from '../../src/core/index.ts';
import { type Failure, failureOf } from './failure.ts';
import { added, type FileField, type Form, firmwareOf, form, rememberOptions, withOption } from './form.ts';
import { beginSession, inspection, knownAnalyses, openArchives, type Session, takeSession } from './inspection.ts';
import { disown, type Finished, forgetImage, keepImage, keptName, recallImage } from './kept-image.ts';
import { holdLock } from './locks.ts';
import { type Control, optionsOf } from './options.ts';
import { fetchPart } from './parts.ts';
import { makeProgress, type Shown } from './progress.ts';
import { download, saveTo } from './saving.ts';
import { newScratchName, removeScratch } from './scratch.ts';
import { assertReadable, type ImageTable } from './table.ts';
import type { BuildRequest, InputFiles } from './worker/api.ts';

export type Stage = (
  | { readonly name: 'ready' }
  | { readonly name: 'cancelled' }
  | ({ readonly name: 'failed' } & Failure)
  | { readonly name: 'building'; readonly shown: Shown | undefined }
  | ({
      readonly name: 'done';
      readonly made: Made | undefined;
      /** Whether it was saved, or a reload shows it without asking for a file. */
      readonly isSafe: boolean;
      /** The last time that it was to be saved. */
      readonly saving: Saving | undefined;
    } & Finished)
) & {
  /** Why something that was tried meanwhile was not done. */
  readonly notice?: Failure;
};

/** What a finished image was made of; a reload forgets it. */
export type Made = InputFiles & Pick<BuildRequest, 'firmware' | 'options'>;

/** An attempt to save the image. */
export type Saving = { readonly to: 'download' | 'file' } & (
  | { readonly state: 'busy' /** `undefined` until it can be told. */; readonly fraction: number | undefined }
  | { readonly state: 'saved' }
  | { readonly state: 'failed'; readonly failure: Failure }
);

/** An image that was finished before a reload, and reads files that have to be chosen again. */
interface Awaited {
  readonly fileName: string;
  /** Names of files. */
  readonly files: readonly string[];
  /** Shows the image, if these are its files. */
  show(chosen: readonly File[]): void;
  /** Forgets it. */
  drop(): void;
}

export const waiting = signal<Awaited | undefined>(undefined);

export const stage = signal<Stage>({ name: 'ready' });

/** Whether the form is shown. */
export const isFormOpen = computed(() => stage.value.name !== 'building' && stage.value.name !== 'done');

/** Whether a build took over the worker that had the form's archives open, and nothing was changed since. */
const wereTaken = signal(false);

/** Whether archives are looked into as soon as they are chosen: nobody's disk is filled again by what was cancelled. */
export const isLooking = computed(() => isFormOpen.value && !wereTaken.value);

let current: AbortController | undefined;
/** Forgets the finished image: its files and its locks. */
let discard: () => void = () => {};
/** Aborted when it is forgotten. */
let discarded = new AbortController().signal;

/** Takes what a person changed; the last failure is then no longer shown. */
export function change(part: Partial<Form>): void {
  batch(() => {
    form.value = { ...form.value, ...part };
    wereTaken.value = false;
    stage.value = { name: 'ready' };
  });
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
  const id = newScratchName();
  const { release } = holdLock(id);
  const update = (part: Partial<Extract<Stage, { name: 'building' }>>) => {
    if (stage.value.name === 'building' && current === end) stage.value = { ...stage.value, ...part };
  };
  const show = makeProgress(() => performance.now());
  waiting.value?.drop();
  current = end;
  stage.value = { name: 'building', shown: undefined };
  const stop = session.progress.subscribe((progress) => progress && update({ shown: show(progress) }));
  try {
    const made = await prepare();
    const { archives, firmware, options } = made;
    const answer = await engine.build({ firmware, options, scratch: id, analyses: knownAnalyses(archives) });
    end.signal.throwIfAborted();
    present(id, { answer, fileName: imageName(archives[0]!.name, options) }, made, release);
  } catch (error) {
    release();
    if (end.signal.aborted) stage.value = { name: 'cancelled' };
    else fail(error);
    void removeScratch(id).catch(() => {}); // No OPFS, no scratch file.
  } finally {
    stop();
    end.abort();
    if (current === end) current = undefined;
  }
}

/** @param id what it is kept under; its lock is held until `unlock` */
function present(id: string, finished: Finished, made: Made | undefined, unlock: () => void): void {
  // The engine held what it had expanded, and is about to be ended.
  const scratches = finished.answer.image.sources.flatMap(({ scratch }) => scratch ?? []);
  const held = scratches.filter((name) => name !== id).map((name) => holdLock(name));
  const end = new AbortController();
  discard = () => {
    end.abort();
    forgetImage(id);
    for (const name of scratches) void removeScratch(name);
    for (const { release } of held) release();
    unlock();
    discard = () => {};
  };
  stage.value = { name: 'done', made, isSafe: false, saving: undefined, ...finished };
  void watch(finished.answer.image, end.signal);
  void keepImage(id, finished).then((isKept) => {
    if (end.signal.aborted) return forgetImage(id);
    if (isKept) updateDone(end.signal, { isSafe: true });
  });
  discarded = end.signal;
}

/** Milliseconds between two looks at what an image reads. */
const GLANCE = 2000;

/** Says so when what the image reads is there no more: a download that the browser goes on with fails, too. */
async function watch(image: ImageTable, signal: AbortSignal): Promise<void> {
  try {
    while (!signal.aborted) {
      await assertReadable(image);
      await new Promise((resolve) => setTimeout(resolve, GLANCE));
    }
  } catch (error) {
    updateDone(signal, { saving: { to: 'download', state: 'failed', failure: failureOf(error) } });
  }
}

function updateDone(signal: AbortSignal, part: Partial<Extract<Stage, { name: 'done' }>>): void {
  if (!signal.aborted && stage.value.name === 'done') stage.value = { ...stage.value, ...part };
}

/** Has the browser download the image. */
export const saveImage = (): Promise<void> => save('download', download);

/** Writes the image to a file that was picked. */
export const saveImageTo = (target: FileSystemFileHandle): Promise<void> =>
  save('file', (saving) => saveTo(target, saving));

async function save(to: Saving['to'], work: (saving: Parameters<typeof download>[0]) => Promise<void>): Promise<void> {
  const { value } = stage;
  if (value.name !== 'done') return;
  const signal = discarded;
  const { fileName } = value;
  const { image } = value.answer;
  const show = (saving: Saving) => updateDone(signal, { saving });
  const progress = (done: number) => show({ to, state: 'busy', fraction: done / image.bytes });
  show({ to, state: 'busy', fraction: undefined });
  try {
    await work({ image, fileName, signal, progress });
    show({ to, state: 'saved' });
    updateDone(signal, { isSafe: true });
  } catch (error) {
    show({ to, state: 'failed', failure: failureOf(error) });
  }
}

/** Milliseconds in which a reloaded tab's own lock is free again. */
const MOMENT = 1000;

/** Shows the image again that this tab had finished before it was reloaded, or waits for the files that it reads. */
export async function restore(): Promise<void> {
  const id = keptName();
  if (id === undefined) return;
  // A tab that was duplicated has left a copy of this to the other, which has no right to the image.
  const lock = holdLock(String(id), { signal: AbortSignal.timeout(MOMENT) });
  if (!(await lock.isHeld)) return disown();
  const drop = () => {
    lock.release();
    forgetImage(id);
    waiting.value = undefined;
  };
  try {
    const { fileName, files, complete } = await recallImage(id);
    if (stage.value.name !== 'ready') throw new Error('too late');
    const show = (chosen: readonly File[]) => {
      const finished = complete(chosen);
      if (!finished) return;
      waiting.value = undefined;
      present(id, finished, undefined, lock.release);
    };
    waiting.value = { fileName, files: files.map(({ name }) => name), show, drop };
    show([]);
  } catch {
    drop();
  }
}

effect(() => {
  const { archives } = form.value;
  if (isFormOpen.value) waiting.value?.show(archives);
});

addEventListener('beforeunload', (event) => {
  const { value } = stage;
  if (value.name === 'building' || (value.name === 'done' && !value.isSafe)) event.preventDefault();
});
