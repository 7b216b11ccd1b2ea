/** What the image's blocks are used for: a picture, and the same in numbers. */
import { useEffect, useState } from 'preact/hooks';
import { BLOCK_KINDS, type BlockMap, type RawFacts, sentence } from '../../../src/core/index.ts';
import { readImage } from '../bridge.ts';
import type { ImageTable } from '../table.ts';
import { plainly, size, text } from '../text.ts';

/** Squares of the picture: a row, and at most in all. */
const COLUMNS = 64;
const MOST = 1536;

interface Props {
  readonly image: ImageTable;
  readonly name: string;
  /** Where it lies in the image. */
  readonly filesystem: RawFacts['filesystem'];
}

export function Blocks({ image, name, filesystem }: Props) {
  const [isOpen, setOpen] = useState(false);
  const [map, setMap] = useState<BlockMap>();
  const [error, setError] = useState<string>();
  useEffect(() => {
    if (!isOpen || map) return;
    setError(undefined);
    const end = new AbortController();
    readImage(end.signal, image, name)
      .blocks(filesystem)
      .then(setMap, (thrown) => end.signal.aborted || setError(sentence(thrown)))
      .finally(() => end.abort());
    return () => end.abort();
  }, [isOpen, image]);
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{text.blocks}</summary>
      {error !== undefined && <p class="error">{plainly(error)}</p>}
      {map && <Picture {...map} />}
    </details>
  );
}

function Picture({ kinds, blockSize }: BlockMap) {
  const counts = BLOCK_KINDS.map((_, kind) => kinds.reduce((sum, one) => sum + (one === kind ? 1 : 0), 0));
  const squares = squaresOf(kinds);
  const rows = Math.ceil(squares.length / COLUMNS);
  return (
    <>
      <svg class="blocks" viewBox={`0 0 ${COLUMNS} ${rows}`} aria-hidden="true">
        {BLOCK_KINDS.map((kind, index) => (
          <path key={kind} class={kind} d={pathOf(squares, index)} />
        ))}
      </svg>
      <ul class="legend">
        {BLOCK_KINDS.map((kind, index) => (
          <li key={kind} class={kind}>
            {text.blockKind[kind]}: {size(counts[index]! * blockSize)}
          </li>
        ))}
      </ul>
    </>
  );
}

/** As many squares as there is room for, each of the kind that most of its blocks are. */
function squaresOf(kinds: Uint8Array): number[] {
  const each = Math.max(1, Math.ceil(kinds.length / MOST));
  return Array.from({ length: Math.ceil(kinds.length / each) }, (_, square) => {
    const counts = BLOCK_KINDS.map(() => 0);
    for (const kind of kinds.subarray(square * each, (square + 1) * each)) counts[kind]!++;
    return counts.indexOf(Math.max(...counts));
  });
}

const pathOf = (squares: readonly number[], wanted: number): string =>
  squares
    .map((kind, at) => (kind === wanted ? `M${at % COLUMNS} ${Math.floor(at / COLUMNS)}h.9v.9h-.9z` : ''))
    .join('');
