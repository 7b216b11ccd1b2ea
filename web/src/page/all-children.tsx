/** Everything that lies in a directory of the archives, however much it is. */
import type { Child } from '../../../src/core/index.ts';
import { size, text } from '../text.ts';
import { Filtered } from './filtered.tsx';
import { canOpen, shortName } from './space-map.tsx';

interface Props {
  readonly items: readonly Child[];
  readonly total: number;
  readonly onOpen: (path: string) => void;
  readonly onUp: () => void;
}

export function AllChildren({ items, total, onOpen, onUp }: Props) {
  return (
    <Filtered
      label={text.bySize}
      columns={text.sizeColumns}
      entries={items}
      nameOf={baseName}
      onOpen={(child) => canOpen(child) && onOpen(child.path)}
      onUp={onUp}
      cells={(child) => (
        <>
          <td class={canOpen(child) ? 'name directory' : 'name'} title={child.name}>
            {shortName(child)}
          </td>
          <td class="size">{text.share(size(child.bytes), percentOf(child.bytes, total))}</td>
        </>
      )}
    />
  );
}

const baseName = ({ path }: Child) => path.slice(path.lastIndexOf('/') + 1);

/** Of contents that are nothing, nothing is any share. */
export const percentOf = (bytes: number, total: number): number => (total > 0 ? Math.floor((bytes / total) * 100) : 0);
