/** Areas as large as what they stand for. For the eye and the pointer; the list beside it says the same in words. */
import { hierarchy, treemap } from 'd3-hierarchy';
import type { Child } from '../../../src/core/index.ts';
import { size, text } from '../text.ts';
import { canOpen, shortName } from './space-map.tsx';

/** In the picture's own units; it is drawn as wide as there is room. */
const WIDTH = 560;
const HEIGHT = 260;
/** What a letter takes, and the least height that holds a line. */
const LETTER = 7.5;
const LINE = 20;

interface Props {
  readonly items: readonly Child[];
  /** Too small for tiles of their own. */
  readonly others: readonly Child[];
  readonly onOpen: (path: string) => void;
}

type Item = Pick<Child, 'bytes'> & { readonly child?: Child; readonly children?: readonly Item[] };

export function Treemap({ items, others, onOpen }: Props) {
  const rest = others.reduce((sum, { bytes }) => sum + bytes, 0);
  const tiles: Item[] = items.map((child) => ({ bytes: child.bytes, child }));
  const all: Item = { bytes: 0, children: rest > 0 ? [...tiles, { bytes: rest }] : tiles };
  const tree = hierarchy(all, ({ children }) => children as Item[] | undefined).sum(({ bytes, children }) =>
    children ? 0 : bytes,
  );
  const leaves = treemap<Item>().size([WIDTH, HEIGHT]).padding(1).round(true)(tree).leaves();
  return (
    <svg class="treemap" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      {leaves.map(({ x0, y0, x1, y1, data: { child, bytes } }, index) => {
        const letters = Math.floor((x1 - x0 - 8) / LETTER);
        const name = child ? shortName(child) : text.others(others.length);
        const opens = child && canOpen(child);
        return (
          // biome-ignore lint/a11y/noStaticElementInteractions: the list's buttons do the same
          <g key={child?.path ?? ''} class={opens ? 'tile folder' : 'tile'} onClick={() => opens && onOpen(child.path)}>
            <title>{`${name}: ${size(bytes)}`}</title>
            <rect x={x0} y={y0} width={x1 - x0} height={y1 - y0} class={`shade-${index % 4}`} rx={3} />
            {y1 - y0 >= LINE && letters > 3 && (
              <text x={x0 + 6} y={y0 + 16}>
                {name.length > letters ? `${name.slice(0, letters - 1)}…` : name}
              </text>
            )}
            {y1 - y0 >= 2 * LINE && letters > size(bytes).length && (
              <text x={x0 + 6} y={y0 + 32} class="amount">
                {size(bytes)}
              </text>
            )}
          </g>
        );
      })}
    </svg>
  );
}
