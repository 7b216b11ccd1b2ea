/** One file of an image: what it is, its text where it is a short one, and the way to have it. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { display, type ImageEntry, type InodeDetails, sentence } from '../../../src/core/index.ts';
import { modeOf } from '../mode.ts';
import { offerFile } from '../saving.ts';
import { size, text } from '../text.ts';
import type { ReaderApi } from '../worker/api.ts';
import { Wrong } from './look-inside.tsx';

/** Bytes of a text that is shown; a longer one is better read elsewhere. */
const MOST_SHOWN = 2 ** 18;

interface Props {
  readonly file: ImageEntry;
  readonly reader: ReaderApi;
}

export function FileView({ file, reader }: Props) {
  const [details, setDetails] = useState<InodeDetails>();
  const [shown, setShown] = useState<string>();
  const [unshown, setUnshown] = useState<string>();
  const [error, setError] = useState<string>();
  const [isSaving, setSaving] = useState(false);
  const name = display(file.name);
  const isFile = file.type === 'file';
  // Below a list that fills the window nobody would see it.
  const section = useRef<HTMLElement>(null);
  useLayoutEffect(() => section.current!.scrollIntoView({ block: 'nearest' }), [details, shown, unshown]);
  useEffect(() => {
    const look = async () => {
      setDetails((await reader.details([file.inode]))[0]);
      if (!isFile || file.size === 0) return setUnshown(isFile ? text.empty : undefined);
      if (file.size > MOST_SHOWN) return setUnshown(text.tooLong);
      const found = asText(new Uint8Array(await (await reader.content(file)).arrayBuffer()));
      setShown(found);
      if (found === undefined) setUnshown(text.notText);
    };
    look().catch((thrown) => setError(sentence(thrown)));
  }, [file, reader]);
  const save = async () => {
    setSaving(true);
    setError(undefined);
    try {
      offerFile(await reader.content(file), name);
    } catch (thrown) {
      setError(sentence(thrown));
    } finally {
      setSaving(false);
    }
  };
  return (
    <section class="file" aria-label={text.chosenFile} ref={section}>
      <h3>{name}</h3>
      {error !== undefined && <Wrong sentence={error} />}
      <dl class="facts">
        {factsOf(file, details).map(([fact, value]) => (
          <div key={fact}>
            <dt>{fact}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {unshown !== undefined && <p class="help">{unshown}</p>}
      {isFile && (
        <p class="actions">
          <button type="button" onClick={() => void save()}>
            {isSaving ? text.saving : text.downloadFile}
          </button>
        </p>
      )}
      {shown !== undefined && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached with the keyboard
        <section class="text" tabIndex={0} aria-label={text.textOf(name)}>
          <pre>{shown}</pre>
        </section>
      )}
    </section>
  );
}

function factsOf(file: ImageEntry, details: InodeDetails | undefined): [fact: string, value: string][] {
  const { type, uid, gid, inode } = file;
  return [
    [text.kind, text.inodeType[type]],
    ...(type === 'file' ? [[text.size, text.sizeInBytes(size(file.size), file.size)] as [string, string]] : []),
    ...(details?.target === undefined ? [] : [[text.target, display(details.target)] as [string, string]]),
    ...(details?.device === undefined ? [] : [[text.device, details.device] as [string, string]]),
    [text.mode, `${modeOf(file)} (${file.mode.toString(8).padStart(4, '0')})`],
    [text.owners, text.owner(uid, gid)],
    ...(details ? [[text.modified, text.date(details.modified)] as [string, string]] : []),
    [text.inode, details ? text.inodeAndNames(inode, details.links) : `${inode}`],
  ];
}

/** As text, where all of it is that: UTF-8 without control characters but those that text has. */
function asText(bytes: Uint8Array): string | undefined {
  try {
    const decoded = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    return /[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]/.test(decoded) ? undefined : decoded;
  } catch {
    return undefined;
  }
}
