/** A list with a field that narrows it down, where it is long. */
import { useMemo, useState } from 'preact/hooks';
import { type ByteString, fromText } from '../../../src/core/index.ts';
import { text } from '../text.ts';
import { Listing, type ListingProps } from './listing.tsx';

/** So many names are seen at a glance. */
const FEW = 20;

interface Props<T> extends Omit<ListingProps<T>, 'start'> {
  readonly nameOf: (entry: T) => ByteString;
  /** Whether an entry has the cursor at first. */
  readonly isStart?: (entry: T) => boolean;
}

export function Filtered<T>({ entries, nameOf, isStart = () => false, ...props }: Props<T>) {
  const [typed, setTyped] = useState({ entries, wanted: '' });
  // What was typed is of the list that was shown then.
  const wanted = typed.entries === entries ? typed.wanted : '';
  const found = useMemo(() => containing(entries, nameOf, wanted), [entries, wanted]);
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
      <Listing {...props} entries={found} start={found.findIndex(isStart)} />
    </>
  );
}

/** Names are bytes, and so is what is looked for in them; ASCII's letters are alike in upper and lower case. */
function containing<T>(entries: readonly T[], nameOf: (entry: T) => ByteString, wanted: string): readonly T[] {
  if (wanted === '') return entries;
  const bytes = fromText(wanted).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const pattern = new RegExp(bytes, 'i');
  return entries.filter((entry) => pattern.test(nameOf(entry)));
}
