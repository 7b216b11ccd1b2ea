/** What a person has chosen: files, which are forgotten, and options, which are kept between visits. */
import { signal } from '@preact/signals';
import { type Control, defaultsOf, defaultText, type Given, problemOf } from './options.ts';

export interface Form {
  readonly archives: readonly File[];
  readonly manifests: readonly File[];
  /** One tar at most, for the firmware partition of a disk. */
  readonly firmware: readonly File[];
  readonly given: Given;
}

const KEPT = 'storeimg.options';
/** These name one image and are not carried over to the next. */
const NOT_KEPT = new Set(['label', 'uuid']);

export const form = signal<Form>({ archives: [], manifests: [], firmware: [], given: recall() });

/** With an option's text; one that means the default is left out, so that the default may change. */
export function withOption(given: Given, control: Control, text: string): Given {
  const { [control.flag]: _, ...others } = given;
  const isDefault = text === defaultText(control, defaultsOf(control.flag === 'profile' ? {} : given));
  return isDefault ? others : { ...others, [control.flag]: text };
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

/** Keeps the options for the next visit; a browser that keeps nothing is no failure. */
export function remember(): void {
  const kept = Object.entries(form.value.given).filter(([flag]) => !NOT_KEPT.has(flag));
  try {
    localStorage.setItem(KEPT, JSON.stringify(Object.fromEntries(kept)));
  } catch {}
}

function recall(): Given {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? '{}');
  } catch {
    return {};
  }
}
