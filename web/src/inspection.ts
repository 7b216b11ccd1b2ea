/** What is known of the chosen archives before they are built: found in the background, dropped when a build begins. */
import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import { type Judgement, type Options, type Overview, type PathAnalysis, sentence } from '../../src/core/index.ts';
import { type Inspecting, inspect } from './bridge.ts';
import { form } from './form.ts';
import { optionsOf } from './options.ts';
import { makeProgress, type Shown } from './progress.ts';

export interface Inspection {
  /** `undefined` while the archives are indexed. */
  readonly overview: Overview | undefined;
  /** Under the options of the moment; `undefined` until told. */
  readonly judgement: Judgement | undefined;
  /** Of indexing, then of reading contents; `undefined` when both are done. */
  readonly shown: Shown | undefined;
  /** What made the archives unreadable. */
  readonly failure: string | undefined;
}

const NOTHING: Inspection = { overview: undefined, judgement: undefined, shown: undefined, failure: undefined };

/** `undefined` while no archive is chosen. */
export const inspection = signal<Inspection | undefined>(undefined);

/** The worker that has the archives open. */
export const inspecting = signal<Inspecting | undefined>(undefined);

/** What was found in the contents of these very archives: a build need not read them for it again. */
let known: { readonly archives: readonly File[]; readonly analyses: readonly PathAnalysis[] } | undefined;

export const knownAnalyses = (archives: readonly File[]): readonly PathAnalysis[] | undefined =>
  known?.archives === archives ? known.analyses : undefined;

/** The files alone, so that an option that changes opens nothing anew. */
const archives = computed(() => form.value.archives);
const manifests = computed(() => form.value.manifests);
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

/** Looks into what the form has, while it is open. */
export function followForm(isOpen: ReadonlySignal<boolean>): void {
  effect(() => {
    if (!isOpen.value || archives.value.length === 0) {
      inspection.value = undefined;
      return;
    }
    const stop = new AbortController();
    const files = { archives: archives.value, manifests: manifests.value };
    void look(files, { maxExpanded: maxExpanded.value }, stop.signal);
    return () => {
      stop.abort();
      inspecting.value = undefined;
    };
  });
  effect(() => {
    const [engine, now] = [inspecting.value, options.value];
    if (!engine) return;
    const timer = setTimeout(() => void judge(engine, now), PAUSE);
    return () => clearTimeout(timer);
  });
}

async function look(
  files: Pick<typeof form.value, 'archives' | 'manifests'>,
  limits: Pick<Options, 'maxExpanded'>,
  signal: AbortSignal,
): Promise<void> {
  const update = (part: Partial<Inspection>) => {
    if (!signal.aborted) inspection.value = { ...NOTHING, ...inspection.value, ...part };
  };
  inspection.value = NOTHING;
  const show = makeProgress(() => performance.now());
  const engine = inspect(signal);
  try {
    const overview = await engine.open(files, limits, (progress) => update({ shown: show(progress) }));
    update({ overview });
    inspecting.value = engine;
    known = { archives: files.archives, analyses: await engine.verify(knownAnalyses(files.archives)) };
    await judge(engine, options.value);
    update({ shown: undefined });
  } catch (error) {
    update({ failure: sentence(error), shown: undefined });
  }
}

async function judge(engine: Inspecting, options: Options | undefined): Promise<void> {
  const judgement = options && (await engine.judge(options).catch(() => undefined));
  if (inspecting.value !== engine || !inspection.value) return;
  // Options that mean nothing leave the findings as they are, and no size.
  const { judgement: before = { errors: [], warnings: [] } } = inspection.value;
  inspection.value = { ...inspection.value, judgement: judgement ?? { ...before, bytes: undefined } };
}
