/** The names in a directory of an image. */
import { useEffect, useState } from 'preact/hooks';
import { display, type ImageEntry, type InodeDetails } from '../../../src/core/index.ts';
import { modeOf } from '../mode.ts';
import { size, text } from '../text.ts';
import type { ReaderApi } from '../worker/api.ts';
import { Filtered } from './filtered.tsx';
import type { ListingProps } from './listing.tsx';

interface Props extends Pick<ListingProps<ImageEntry>, 'entries' | 'onOpen' | 'onUp'> {
  readonly name: string;
  /** Inode that has the cursor at first. */
  readonly from: number | undefined;
  readonly reader: ReaderApi;
}

export function Directory({ name, from, reader, ...list }: Props) {
  const { known, setRows } = useTargets(reader);
  return (
    <Filtered
      {...list}
      label={text.contentsOf(name)}
      columns={text.columns}
      nameOf={nameOf}
      isStart={({ inode }) => inode === from}
      onShown={setRows}
      cells={(entry) => <Cells entry={entry} target={known.get(entry.inode)?.target} />}
    />
  );
}

const nameOf = ({ name }: ImageEntry) => name;

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

/** Where links lead to is asked for those in sight alone. */
function useTargets(reader: ReaderApi) {
  const [rows, setRows] = useState<readonly ImageEntry[]>([]);
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
  return { known, setRows };
}
