/** What is known of the chosen archives before they are built: found in the background. */
import { computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { Judgement, Options, Overview, PathAnalysis, Progress } from '../../src/core/index.ts';
import { startEngine } from './bridge.ts';
import { type Failure, failureOf } from './failure.ts';
import { firmwareOf, form } from './form.ts';
import { optionsOf } from './options.ts';
import { makeProgress, type Shown } from './progress.ts';
import type { EngineApi, InputFiles } from './worker/api.ts';

export interface Inspection {
  /** `undefined` while the archives are indexed. */
  readonly overview: Overview | undefined;
  /** Under the options of the moment; `undefined` until told. */
  readonly judgement: Judgement | undefined;
  /** Of indexing, then of reading contents; `undefined` when both are done. */
  readonly shown: Shown | undefined;
  /** What made the archives unreadable. */
  readonly failure: Failure | undefined;
  /** The one file that was chosen, where it is no archive but an image. */
  readonly image: File | undefined;
}

const NOTHING: Inspection = {
  overview: undefined,
  judgement: undefined,
  shown: undefined,
  failure: undefined,
  image: undefined,
};

/** `undefined` while no archive is chosen. */
export const inspection = signal<Inspection | undefined>(undefined);

/** The worker that can be asked about the archives. */
export const inspecting = signal<EngineApi | undefined>(undefined);

/** A worker that has archives open or is about to. */
export interface Session {
  readonly engine: EngineApi;
  /** Ends it. */
  readonly end: AbortController;
  /** What it is at. */
  readonly progress: Signal<Progress | undefined>;
}

/** The form's. */
let session: Session | undefined;

export function beginSession(): Session {
  const end = new AbortController();
  return { engine: startEngine(end.signal), end, progress: signal(undefined) };
}

export const openArchives = (
  session: Session,
  files: InputFiles,
  limits: Pick<Options, 'maxExpanded'>,
): Promise<Overview> =>
  session.engine.open(files, limits, (progress) => {
    session.progress.value = progress;
  });

/** The worker that has the form's archives open: a build of them takes it over, and ends it. */
export function takeSession(): Session {
  let taken = session;
  session = undefined;
  // It stays to be seen after a build that makes no image. What is only half known would never be whole.
  const { overview, shown, failure, image } = inspection.value ?? NOTHING;
  const isWhole = overview !== undefined && !shown && failure === undefined;
  if (!isWhole && !image) inspection.value = undefined;
  // An earlier build had it, or it has failed; what was in its way may be gone, or makes the build fail, too.
  if (!taken || taken.end.signal.aborted) {
    taken = beginSession();
    openArchives(taken, chosenFiles(), { maxExpanded: maxExpanded.value }).catch(() => {}); // The build fails with the same.
  }
  return taken;
}

/** Whether what is expanded or compressed has to fit into memory: this window gives the page no disk storage. */
export const isInMemory = signal(false);

/** What was found in the contents of these very archives: a build need not read them for it again. */
let known: { readonly archives: readonly File[]; readonly analyses: readonly PathAnalysis[] } | undefined;

export const knownAnalyses = (archives: readonly File[]): readonly PathAnalysis[] | undefined =>
  known?.archives === archives ? known.analyses : undefined;

/** The files alone, so that an option that changes opens nothing again. */
const archives = computed(() => form.value.archives);
const manifests = computed(() => form.value.manifests);
const chosenFiles = (): InputFiles => ({ archives: archives.value, manifests: manifests.value });
const firmware = computed(() => firmwareOf(form.value));
const options = computed((): Options | undefined => {
  try {
    return optionsOf(form.value.given);
  } catch {
    return undefined; // Its field says what is wrong.
  }
});

/** The one option that decides whether archives can be opened at all. */
const maxExpanded = computed(() => options.value?.maxExpanded ?? 'auto');

/** Milliseconds that typing may pause before the size is worked out. */
const PAUSE = 150;

/** Looks into what the form has. */
export function followForm(isLooking: ReadonlySignal<boolean>): void {
  effect(() => {
    if (archives.value.length === 0) inspection.value = undefined;
    if (!isLooking.value || archives.value.length === 0) return;
    const mine = beginSession();
    session = mine;
    void look(mine, chosenFiles(), { maxExpanded: maxExpanded.value });
    return () => {
      if (session === mine) mine.end.abort();
      session = undefined;
      inspecting.value = undefined;
    };
  });
  effect(() => {
    const [engine, now, file] = [inspecting.value, options.value, firmware.value];
    if (!engine) return;
    const timer = setTimeout(() => void judge(engine, now, file), PAUSE);
    return () => clearTimeout(timer);
  });
}

async function look(mine: Session, files: InputFiles, limits: Pick<Options, 'maxExpanded'>): Promise<void> {
  const { engine } = mine;
  const update = (part: Partial<Inspection>) => {
    if (session === mine) inspection.value = { ...NOTHING, ...inspection.value, ...part };
  };
  inspection.value = NOTHING;
  const show = makeProgress(() => performance.now());
  const stop = mine.progress.subscribe((progress) => progress && update({ shown: show(progress) }));
  try {
    const overview = await openArchives(mine, files, limits);
    if (session !== mine) return;
    update({ overview });
    inspecting.value = engine;
    const analyses = await engine.verify(knownAnalyses(files.archives));
    known = { archives: files.archives, analyses };
    if (session !== mine) return;
    // Progress comes another way than answers: what is late must not bring back what is over.
    stop();
    await judge(engine, options.value, firmware.value);
    update({ shown: undefined });
  } catch (error) {
    const image = await imageAmong(files.archives, engine);
    update({ image, failure: image ? undefined : failureOf(error), shown: undefined });
    if (session !== mine) return;
    // What it has expanded of them would only take up room.
    mine.end.abort();
    inspecting.value = undefined;
  }
}

/** What was chosen in place of an archive, if it is an image: that can be looked into. */
async function imageAmong([file, ...others]: readonly File[], engine: EngineApi): Promise<File | undefined> {
  const isImage = others.length === 0 && (await engine.isImage(file!).catch(() => false));
  return isImage ? file : undefined;
}

/** Counts what was asked: an answer that took longer than a later one's is none any more. */
let judged = 0;

async function judge(engine: EngineApi, options: Options | undefined, firmware: File | undefined): Promise<void> {
  if (inspecting.value !== engine) return;
  const mine = ++judged;
  const judgement = options && (await engine.judge(options, firmware).catch(() => undefined));
  if (inspecting.value !== engine || mine !== judged || !inspection.value) return;
  // Options that mean nothing leave the findings as they are, and no size.
  const { judgement: before = { errors: [], warnings: [] } } = inspection.value;
  inspection.value = { ...inspection.value, judgement: judgement ?? { ...before, bytes: undefined } };
}
