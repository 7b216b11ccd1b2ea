/** What a person has chosen: files, which are forgotten, and options, which are kept between visits. */
import { signal } from '@preact/signals';
import { keep, recall } from './kept.ts';
import { CONTROLS, type Control, defaultsOf, defaultText, type Given, problemOf } from './options.ts';

export interface Form {
  readonly archives: readonly File[];
  readonly manifests: readonly File[];
  /** One tar at most, for the firmware partition of a disk. */
  readonly firmware: readonly File[];
  readonly given: Given;
}

/** Which files there are to choose. */
export type FileField = 'archives' | 'manifests' | 'firmware';

const KEPT = 'storeimg.options';
/** These name one image, or a path of one archive, and are not carried over to the next. */
const NOT_KEPT = new Set(['label', 'uuid', 'system']);

export const form = signal<Form>({
  archives: [],
  manifests: [],
  firmware: [],
  given: keepable(recall('localStorage', KEPT)),
});

/** With an option's text; one that means the default is left out, so that the default may change. */
export function withOption(given: Given, control: Control, text: string): Given {
  const { [control.flag]: _, ...others } = given;
  const isDefault = text === defaultText(control, defaultsOf(control.flag === 'profile' ? {} : given));
  return isDefault ? others : { ...others, [control.flag]: text };
}

/** With more files behind those that are there. One of the same name is that file, made again. */
export function added(files: readonly File[], more: readonly File[]): readonly File[] {
  const names = new Set(more.map(({ name }) => name));
  return more.length === 0 ? files : [...files.filter(({ name }) => !names.has(name)), ...more];
}

/** The text to show for an option. */
export const textOf = (control: Control, given: Given): string =>
  given[control.flag] ?? defaultText(control, defaultsOf(given));

/** The tar for the firmware partition, where there is to be a disk that can have one. */
export const firmwareOf = ({ firmware, given }: Form): File | undefined =>
  (given.disk ?? 'none') === 'none' ? undefined : firmware[0];

/** What is wrong with what was given for an option, if anything is. */
export const problemWith = (control: Control, given: Given): string | undefined =>
  given[control.flag] === undefined ? undefined : problemOf(control, given[control.flag]!);

/** Keeps the options for the next visit. */
export function rememberOptions(): void {
  keep('localStorage', KEPT, keepable(form.value.given));
}

/** What is worth keeping; another version of the page may have kept options, or values, that there are no more. */
function keepable(given: unknown): Given {
  const texts: Readonly<Record<string, unknown>> = Object(given);
  const isKept = (control: Control): boolean => {
    const text = texts[control.flag];
    return !NOT_KEPT.has(control.flag) && typeof text === 'string' && problemOf(control, text) === undefined;
  };
  return Object.fromEntries(CONTROLS.filter(isKept).map(({ flag }) => [flag, String(texts[flag])]));
}
