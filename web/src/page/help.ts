/** Where a refusal leads to: the passage, or the field, that helps. */
import type { RefusalCode } from '../../../src/core/errors.ts';
import { form, problemWith } from '../form.ts';
import { CONTROLS } from '../options.ts';
import { text } from '../text.ts';

/** Ids of what can be gone to. */
export const IDS = {
  making: 'making',
  archive: 'archive',
  manifest: 'manifest',
  firmware: 'firmware',
  option: (flag: string) => `option-${flag}`,
} as const;

/** A guide, or a field and what it is called. */
export type Help = Place & { readonly name: string };

type Place = { readonly guide: string } | { readonly field: string };

const MAKING: Help = { guide: IDS.making, name: text.making.title };
const ARCHIVE: Help = { field: IDS.archive, name: text.archive };
const MANIFEST: Help = { field: IDS.manifest, name: text.manifest };
const FIRMWARE: Help = { field: IDS.firmware, name: text.firmware };
const option = (flag: string): Help => ({ field: IDS.option(flag), name: text.option[flag]!.label });

const HELP: Readonly<Partial<Record<RefusalCode, Help>>> = {
  'archive-missing': ARCHIVE,
  'archive-empty': MAKING,
  'archive-unknown': MAKING,
  'compressed-no-tar': MAKING,
  'archive-folder': MAKING,
  'archive-no-store-path': MAKING,
  'archive-container': MAKING,
  'archive-bare-paths': MAKING,
  'archive-unended': MAKING,
  'archive-truncated': MAKING,
  'closure-broken': MAKING,
  'compressed-bomb': option('max-expanded'),
  'manifest-needed': MANIFEST,
  'manifest-format': MANIFEST,
  'firmware-format': FIRMWARE,
  'nixos-no-system': option('nixos'),
  'nixos-which-system': option('system'),
  'nixos-system': option('system'),
  'image-too-small': option('size'),
  'image-full': option('size'),
  'link-target-too-long': option('size'),
  'index-failed': option('size'),
  'too-many-inodes': option('inode-headroom'),
  'disk-too-large': option('disk'),
};

/** An option whose text means nothing is where its field is. */
export function helpFor(code: RefusalCode | undefined): Help | undefined {
  if (!code || !OF_A_FIELD.test(code)) return code && HELP[code];
  const invalid = firstInvalid();
  return invalid && option(invalid.flag);
}

const OF_A_FIELD = /^(option-|label-|bad-uuid$)/;

const firstInvalid = () => CONTROLS.find((control) => problemWith(control, form.value.given) !== undefined);

/** Opens what it is folded away in, and goes to it. */
export function goTo(place: Place): void {
  const element = document.getElementById('guide' in place ? place.guide : place.field);
  for (let folded = element?.closest('details'); folded; folded = folded.parentElement!.closest('details'))
    folded.open = true;
  ('guide' in place ? element?.querySelector('summary') : element)?.focus();
}

/** Goes to the first field that says what is wrong with it. */
export function goToInvalid(): void {
  const invalid = firstInvalid();
  if (invalid) goTo(option(invalid.flag));
}
