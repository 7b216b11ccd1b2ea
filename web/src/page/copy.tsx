/** A button that puts a text on the clipboard. */
import { useEffect, useState } from 'preact/hooks';
import { text } from '../text.ts';

/** Milliseconds for which it is said that it was copied. */
const MOMENT = 2000;

export function Copy({ content, name }: { readonly content: string; readonly name: string }) {
  const [said, setSaid] = useState('');
  // Pages that came without TLS have no clipboard; the text can be selected.
  if (!navigator.clipboard) return null;
  const copy = () =>
    navigator.clipboard.writeText(content).then(
      () => setSaid(text.copied),
      () => setSaid(text.notCopied),
    );
  useEffect(() => {
    if (said !== text.copied) return;
    const timer = setTimeout(() => setSaid(''), MOMENT);
    return () => clearTimeout(timer);
  }, [said]);
  return (
    <span class="copying">
      <button type="button" class="copy" aria-label={name} onClick={() => void copy()}>
        {said === text.copied ? text.copied : text.copy}
      </button>
      <span aria-live="polite" class={said === text.notCopied ? 'quiet' : 'unseen'}>
        {said}
      </span>
    </span>
  );
}
