/** An image looked into: one directory at a time, and the file that was chosen in it. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { display, type ImageEntry, ROOT_INODE, type Superblock, sentence } from '../../../src/core/index.ts';
import { readImage } from '../bridge.ts';
import { type ImageTable, tableOfBlob } from '../table.ts';
import { plainly, size, text } from '../text.ts';
import type { ReaderApi } from '../worker/api.ts';
import { Directory } from './directory.tsx';
import { FileView } from './file-view.tsx';
import { Trail } from './trail.tsx';

/** The image just built, opened when asked for. */
export function LookInside({ image, name }: { readonly image: ImageTable; readonly name: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{text.look}</summary>
      {isOpen && <OpenImage image={image} name={name} />}
    </details>
  );
}

/** An image that was chosen in place of an archive. */
export function ChosenImage({ image }: { readonly image: File }) {
  const table = useMemo(() => tableOfBlob(image, image.name), [image]);
  return (
    <section class="inside" aria-label={text.look}>
      <h2>{text.inImage(image.name)}</h2>
      <OpenImage key={image} image={table} name={image.name} showFacts />
    </section>
  );
}

interface OpenProps {
  readonly image: ImageTable;
  readonly name: string;
  readonly showFacts?: boolean;
}

function OpenImage({ image, name, showFacts = false }: OpenProps) {
  const [opened, setOpened] = useState<{ reader: ReaderApi; superblock: Superblock }>();
  const [error, setError] = useState<string>();
  useEffect(() => {
    const end = new AbortController();
    const reader = readImage(end.signal, image, name);
    reader.superblock().then(
      (superblock) => setOpened({ reader, superblock }),
      (thrown) => end.signal.aborted || setError(sentence(thrown)),
    );
    return () => end.abort();
  }, [image]);
  if (error !== undefined) return <Wrong sentence={error} />;
  if (!opened) return <p class="help">{text.opening}</p>;
  return (
    <>
      {showFacts && (
        <>
          <p class="help">{text.imageHelp}</p>
          <Facts {...opened.superblock} />
        </>
      )}
      <Directories reader={opened.reader} />
    </>
  );
}

function Facts({ label, uuid, blocks, freeBlocks, blockSize }: Superblock) {
  return (
    <dl class="facts">
      <dt>{text.option.label!.label}</dt>
      <dd>{label}</dd>
      <dt>{text.option.uuid!.label}</dt>
      <dd>{uuid}</dd>
      <dt>{text.filesystem}</dt>
      <dd>{text.sizeAndFree(size(blocks * blockSize), size(freeBlocks * blockSize))}</dd>
    </dl>
  );
}

/** A directory on the way down from the root. */
interface Place {
  readonly name: string;
  readonly inode: number;
}

/** What is shown: always a directory and what is in it, so that no list stands under another's name. */
interface Shown {
  readonly trail: readonly Place[];
  readonly entries: readonly ImageEntry[];
  /** The directory that one came up from. */
  readonly from: number | undefined;
}

function Directories({ reader }: { readonly reader: ReaderApi }) {
  const [shown, setShown] = useState<Shown>();
  const [file, setFile] = useState<ImageEntry>();
  const [error, setError] = useState<string>();
  const [opening, setOpening] = useState<string>();
  const go = (trail: readonly Place[]) => {
    setError(undefined);
    setOpening(trail.at(-1)!.name);
    reader
      .list(trail.at(-1)!.inode)
      .then(
        (entries) => {
          setShown({ trail, entries: foldersFirst(entries), from: shown?.trail[trail.length]?.inode });
          setFile(undefined);
        },
        (thrown) => setError(sentence(thrown)),
      )
      .finally(() => setOpening(undefined));
  };
  useEffect(() => go([{ name: text.rootDirectory, inode: ROOT_INODE }]), [reader]);
  if (!shown) return error === undefined ? null : <Wrong sentence={error} />;
  const { trail, entries, from } = shown;
  const open = (entry: ImageEntry) => {
    if (entry.type === 'directory') go([...trail, { name: display(entry.name), inode: entry.inode }]);
    else setFile(entry);
  };
  const here = trail.at(-1)!;
  return (
    <div class="directories">
      <Trail steps={trail.map(({ name }, index) => ({ name, go: () => go(trail.slice(0, index + 1)) }))} />
      {error !== undefined && <Wrong sentence={error} />}
      {opening !== undefined && <p class="help late">{text.openingFolder(opening)}</p>}
      <Directory
        name={here.name}
        entries={entries}
        from={from}
        reader={reader}
        onOpen={open}
        onUp={() => trail.length > 1 && go(trail.slice(0, -1))}
      />
      <p class="unseen" aria-live="polite">
        {file && display(file.name)}
      </p>
      {file && <FileView key={file} file={file} reader={reader} />}
    </div>
  );
}

/** Directories before all else, each kind sorted as it came. */
const foldersFirst = (entries: readonly ImageEntry[]): ImageEntry[] => [
  ...entries.filter(({ type }) => type === 'directory'),
  ...entries.filter(({ type }) => type !== 'directory'),
];

export const Wrong = ({ sentence }: { readonly sentence: string }) => (
  <div role="alert">
    <p class="error">{plainly(sentence)}</p>
  </div>
);
