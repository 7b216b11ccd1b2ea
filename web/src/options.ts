/** Rows of the engine's table of options → controls. */
import { decide, OPTIONS, type OptionRow, type Options, sentence } from '../../src/core/index.ts';

/** What a person asked for, by flag; a switch has the text 'on'. What is absent is left to its default. */
export type Given = Readonly<Record<string, string>>;

export interface Control {
  readonly flag: string;
  /** `choice`: one of `words`; `text`: anything, `words` being suggestions. */
  readonly kind: 'switch' | 'choice' | 'text';
  readonly words: readonly string[];
  /** The engine's own sentence, for where the page has none. */
  readonly help: string;
  readonly set: (text: string) => Partial<Options>;
}

export const SWITCHED_ON = 'on';

/** A download has no holes; an option that does nothing is not offered. */
const NOT_HERE = new Set(['sparse']);

export const CONTROLS: readonly Control[] = OPTIONS.flatMap((row) => (NOT_HERE.has(row.flag) ? [] : toControl(row)));

function toControl({ flag, value, help, set }: OptionRow): Control[] {
  // A file can't be named here.
  if (value?.includes('FILE')) return [];
  if (value === undefined) return [{ flag, kind: 'switch', words: [], help, set }];
  const parts = value.split(/\|(?![^[]*\])/);
  const words = parts.filter((part) => /^[a-z/-]+$/.test(part));
  return [{ flag, kind: words.length < parts.length ? 'text' : 'choice', words, help, set }];
}

/** The text that stands for the default: found by asking the row which text means it. */
export function defaultText({ kind, words, set }: Control, defaults: Options): string {
  if (kind === 'switch') return '';
  const numbers = Object.values(defaults).flatMap((value) => textsOf(value));
  const candidates = kind === 'choice' ? words : [...words, ...numbers.sort((a, b) => a.length - b.length)];
  return candidates.find((text) => means(set, text, defaults)) ?? '';
}

const textsOf = (value: Options[keyof Options]): string[] =>
  typeof value === 'number' ? [`${value}`, `${value / 2 ** 20}M`, `${value}%`] : [`${value}`];

function means(set: Control['set'], text: string, defaults: Options): boolean {
  try {
    return Object.entries(set(text)).every(([key, value]) => defaults[key as keyof Options] === value);
  } catch {
    return false;
  }
}

/** What is wrong with a text, as a sentence. */
export function problemOf({ set }: Control, text: string): string | undefined {
  try {
    set(text);
    return undefined;
  } catch (error) {
    return sentence(error);
  }
}

/** @throws Refusal for the first text that is no value of its option */
export function optionsOf(given: Given): Options {
  const chosen = CONTROLS.filter(({ flag }) => given[flag] !== undefined);
  return decide(Object.assign({}, ...chosen.map(({ flag, set }) => set(given[flag]!))));
}

/** The defaults under what was given: a profile has its own. */
export function defaultsOf({ profile }: Given): Options {
  return optionsOf(profile === undefined ? {} : { profile });
}
