/** A list with a cursor. Of a long one only the rows in sight, and the one with the cursor, are in the document. */
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';

/** Rows made beyond those in sight. */
const BEYOND = 10;

export interface ListingProps<T> {
  /** For assistive technology. */
  readonly label: string;
  readonly columns: readonly string[];
  readonly entries: readonly T[];
  /** The table cells of an entry. */
  readonly cells: (entry: T) => preact.ComponentChildren;
  /** Which entry has the cursor at first; the first one otherwise. */
  readonly start?: number;
  /** Hears which entries are in the document. */
  readonly onShown?: (entries: readonly T[]) => void;
  readonly onOpen: (entry: T) => void;
  readonly onUp: () => void;
}

export function Listing<T>(props: ListingProps<T>) {
  const { label, columns, entries, cells, start = 0, onShown, onOpen, onUp } = props;
  const id = useId();
  const grid = useRef<HTMLTableElement>(null);
  const last = entries.length - 1;
  // The list stays, and keeps the focus, when its names give way to others: where the cursor was means nothing then.
  const [moved, setMoved] = useState<{ entries: readonly T[]; to: number }>();
  const cursor = moved?.entries === entries ? moved.to : Math.max(0, start);
  const view = useView(grid, entries);
  const first = Math.max(0, Math.floor(view.top / view.row) - BEYOND);
  const end = Math.min(last, Math.ceil((view.top + view.height) / view.row) + BEYOND);
  const rows = Array.from({ length: Math.max(0, end - first + 1) }, (_, index) => first + index);
  if (cursor <= last && !rows.includes(cursor)) rows.push(cursor);
  useEffect(() => onShown?.(rows.map((index) => entries[index]!)), [entries, rows.join()]);

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
      aria-label={label}
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
          {columns.map((column) => (
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
            {cells(entries[index]!)}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Where a list is scrolled to, and how high it and its rows are, in pixels. */
function useView(grid: preact.RefObject<HTMLElement | null>, entries: readonly unknown[]) {
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
