/** A button that puts a text on the clipboard. */
import { useState } from 'preact/hooks';
import { text } from '../text.ts';

export function Copy({ content, name }: { readonly content: string; readonly name: string }) {
  const [isCopied, setCopied] = useState(false);
  // Pages that came without TLS have no clipboard; the text can be selected.
  if (!navigator.clipboard) return null;
  const copy = async () => {
    await navigator.clipboard.writeText(content);
    setCopied(true);
  };
  return (
    <button type="button" class="copy" aria-label={isCopied ? text.copied : name} onClick={() => void copy()}>
      {isCopied ? text.copied : text.copy}
    </button>
  );
}
