/** A directory's names. Of a long list only the rows in sight, and the one with the cursor, are in the document. */
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { display, type ImageEntry, type InodeDetails } from '../../../src/core/index.ts';
import { modeOf, size, text } from '../text.ts';
import type { ReaderApi } from '../worker/api.ts';

/** Rows made beyond those in sight. */
const BEYOND = 10;

export interface ListingProps {
  /** Of the directory. */
  readonly name: string;
  readonly entries: readonly ImageEntry[];
  /** Inode that has the cursor at first. */
  readonly start: number | undefined;
  readonly reader: ReaderApi;
  readonly onOpen: (entry: ImageEntry) => void;
  readonly onUp: () => void;
}

export function Listing({ name, entries, start, reader, onOpen, onUp }: ListingProps) {
  const id = useId();
  const grid = useRef<HTMLTableElement>(null);
  const last = entries.length - 1;
  // The list stays, and keeps the focus, when its names give way to others: where the cursor was means nothing then.
  const [moved, setMoved] = useState<{ entries: readonly ImageEntry[]; to: number }>();
  const cursor = moved?.entries === entries ? moved.to : placeOf(start, entries);
  const view = useView(grid, entries);
  const first = Math.max(0, Math.floor(view.top / view.row) - BEYOND);
  const end = Math.min(last, Math.ceil((view.top + view.height) / view.row) + BEYOND);
  const rows = Array.from({ length: Math.max(0, end - first + 1) }, (_, index) => first + index);
  if (cursor <= last && !rows.includes(cursor)) rows.push(cursor);
  const targets = useTargets(
    reader,
    rows.map((index) => entries[index]!),
  );

  const move = (to: number) => setMoved({ entries, to: Math.min(last, Math.max(0, to)) });
  const page = Math.max(1, Math.floor(view.height / view.row) - 1);
  const keys: Readonly<Record<string, () => void>> = {
    ArrowDown: () => move(cursor + 1),
    ArrowUp: () => move(cursor - 1),
    PageDown: () => move(cursor + page),
    PageUp: () => move(cursor - page),
    Home: () => move(0),
    End: () => move(last),
    Enter: () => last >= 0 && onOpen(entries[cursor]!),
    Backspace: onUp,
  };
  // A row that the cursor comes to is scrolled into sight.
  useLayoutEffect(() => {
    const { scrollTop, clientHeight } = grid.current!;
    const [above, below] = [cursor * view.row, (cursor + 1) * view.row];
    if (above < scrollTop) grid.current!.scrollTop = above;
    else if (below > scrollTop + clientHeight) grid.current!.scrollTop = below - clientHeight;
  }, [entries, cursor, view.row]);

  return (
    <table
      ref={grid}
      class="listing"
      // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a grid is a table with a cursor
      role="grid"
      tabIndex={0}
      aria-label={text.contentsOf(name)}
      aria-rowcount={entries.length + 1}
      aria-activedescendant={last < 0 ? undefined : `${id}-${cursor}`}
      onKeyDown={(event) => {
        const act = event.ctrlKey || event.altKey || event.metaKey ? undefined : keys[event.key];
        if (!act) return;
        event.preventDefault();
        act();
      }}
    >
      <thead class="unseen">
        <tr aria-rowindex={1}>
          {text.columns.map((column) => (
            <th key={column} scope="col">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody style={{ height: `${entries.length * view.row}px` }}>
        {rows.map((index) => (
          <tr
            key={index}
            id={`${id}-${index}`}
            aria-rowindex={index + 2}
            class={index === cursor ? 'row cursor' : 'row'}
            style={{ transform: `translateY(${index * view.row}px)` }}
            onClick={() => {
              move(index);
              grid.current!.focus();
              onOpen(entries[index]!);
            }}
          >
            <Cells entry={entries[index]!} target={targets.get(entries[index]!.inode)?.target} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Cells({ entry, target }: { readonly entry: ImageEntry; readonly target: string | undefined }) {
  const { name, type, uid, gid } = entry;
  const shown = type === 'directory' ? `${display(name)}/` : display(name);
  return (
    <>
      <td class={`name ${type}`} title={shown}>
        {shown}
        {target !== undefined && <span class="quiet"> → {display(target)}</span>}
      </td>
      <td class="size">{type === 'file' ? size(entry.size) : ''}</td>
      <td class="mode">{modeOf(entry)}</td>
      <td class="owner">{text.owner(uid, gid)}</td>
    </>
  );
}

/** Where an inode's name is in a list, or the list's beginning. */
const placeOf = (inode: number | undefined, entries: readonly ImageEntry[]): number =>
  Math.max(
    0,
    entries.findIndex((entry) => entry.inode === inode),
  );

/** Where a list is scrolled to, and how high it and its rows are, in pixels. */
function useView(grid: preact.RefObject<HTMLElement | null>, entries: readonly ImageEntry[]) {
  const [view, setView] = useState({ top: 0, height: 400, row: 50 });
  useLayoutEffect(() => {
    const element = grid.current!;
    const measure = () => {
      const row = element.querySelector<HTMLElement>('.row')?.offsetHeight;
      setView((before) => ({ top: element.scrollTop, height: element.clientHeight, row: row ?? before.row }));
    };
    measure();
    element.addEventListener('scroll', measure, { passive: true });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => {
      element.removeEventListener('scroll', measure);
      observer.disconnect();
    };
  }, [entries]);
  return view;
}

/** Where links lead to is asked for those in sight alone. */
function useTargets(reader: ReaderApi, rows: readonly ImageEntry[]): ReadonlyMap<number, InodeDetails> {
  const [known, setKnown] = useState<ReadonlyMap<number, InodeDetails>>(new Map());
  const links = rows.filter(({ type }) => type === 'symlink').map(({ inode }) => inode);
  const wanted = links.filter((inode) => !known.has(inode));
  useEffect(() => {
    if (wanted.length === 0) return;
    reader.details(wanted).then(
      (found) => setKnown((before) => new Map([...before, ...found.map((one, at) => [wanted[at]!, one] as const)])),
      () => {}, // What is wrong with an inode is said when it is opened.
    );
  }, [wanted.join()]);
  return known;
}
