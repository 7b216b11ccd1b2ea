/** The hash of what is downloaded, and its block map: found out while a person can have the image already. */
import { useEffect, useState } from 'preact/hooks';
import { type Delivery, sentence } from '../../../src/core/index.ts';
import { readImage } from '../bridge.ts';
import { offerFile } from '../saving.ts';
import { plainly, text } from '../text.ts';
import type { BuildAnswer } from '../worker/api.ts';
import { Copy } from './copy.tsx';

interface Props {
  readonly answer: BuildAnswer;
  readonly fileName: string;
  /** Whether it has to wait: what a person asked for goes first. */
  readonly isPaused: boolean;
}

/** One term of the list of facts and what is to say of it. */
export function Checksums({ answer, fileName, isPaused }: Props) {
  const [delivery, setDelivery] = useState<Delivery | undefined>(answer.delivery);
  const [error, setError] = useState<string>();
  useEffect(() => {
    if (delivery || isPaused) return;
    const end = new AbortController();
    readImage(end.signal, answer.image, fileName)
      .checksums(answer.raw)
      .then(setDelivery, (thrown) => end.signal.aborted || setError(sentence(thrown)));
    return () => end.abort();
  }, [answer, isPaused]);
  return (
    <>
      <dt>{text.sha256}</dt>
      <dd>
        {error !== undefined && <span class="error">{plainly(error)}</span>}
        {!(delivery || error) && <span class="quiet">{text.hashing}</span>}
        {delivery && <Found {...delivery} fileName={fileName} />}
      </dd>
    </>
  );
}

function Found({ sha256, writtenSha256 = '', bmap, fileName }: Delivery & Pick<Props, 'fileName'>) {
  const line = `${writtenSha256}  ${fileName}\n`;
  const save = (content: string, name: string) => offerFile(new Blob([content]), name);
  return (
    <>
      <code class="hash">{writtenSha256}</code> <Copy content={writtenSha256} name={`${text.copy}: ${text.sha256}`} />{' '}
      <button type="button" onClick={() => save(line, `${fileName}.sha256`)}>
        {text.saveSha256}
      </button>{' '}
      {bmap !== undefined && (
        <button type="button" onClick={() => save(bmap, `${fileName.replace(/\.(gz|zst)$/, '')}.bmap`)}>
          {text.saveBmap}
        </button>
      )}
      {sha256 !== writtenSha256 && (
        <div class="quiet">
          {text.filesystemSha256} <code class="hash">{sha256}</code>
        </div>
      )}
    </>
  );
}
