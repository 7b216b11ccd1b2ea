/** A directory's list with a field that narrows it down, where it is long. */
import { useMemo, useState } from 'preact/hooks';
import { fromText, type ImageEntry } from '../../../src/core/index.ts';
import { text } from '../text.ts';
import { Listing, type ListingProps } from './listing.tsx';

/** So many names are seen at a glance. */
const FEW = 20;

export function Filtered({ entries, ...props }: ListingProps) {
  const [typed, setTyped] = useState({ entries, wanted: '' });
  // What was typed is of the directory that was shown then.
  const wanted = typed.entries === entries ? typed.wanted : '';
  const found = useMemo(() => containing(entries, wanted), [entries, wanted]);
  return (
    <>
      {entries.length > FEW && (
        <input
          type="search"
          class="filter"
          aria-label={text.filter}
          placeholder={text.filter}
          autocomplete="off"
          spellcheck={false}
          value={wanted}
          onInput={({ currentTarget }) => setTyped({ entries, wanted: currentTarget.value })}
        />
      )}
      <p class="help" role="status">
        {found.length === entries.length ? text.names(entries.length) : text.someNames(found.length, entries.length)}
      </p>
      <Listing {...props} entries={found} />
    </>
  );
}

/** Names are bytes, and so is what is looked for in them; ASCII's letters are alike in upper and lower case. */
function containing(entries: readonly ImageEntry[], wanted: string): readonly ImageEntry[] {
  if (wanted === '') return entries;
  const bytes = fromText(wanted).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const pattern = new RegExp(bytes, 'i');
  return entries.filter(({ name }) => pattern.test(name));
}
