/** Saving through the browser's own dialog, where it has one: no download shelf, no second name. */
import { useState } from 'preact/hooks';
import { Refusal } from '../../../src/core/errors.ts';
import { saved } from '../state.ts';
import { text } from '../text.ts';

interface SavePicker {
  showSaveFilePicker?(options: { suggestedName: string }): Promise<FileSystemFileHandle>;
}

const picker = window as SavePicker;

export const canSaveAs = picker.showSaveFilePicker !== undefined;

export function SaveAs({ image, fileName }: { readonly image: Blob; readonly fileName: string }) {
  const [label, setLabel] = useState<string>(text.saveAs);
  const [error, setError] = useState<string>();
  const save = async () => {
    let target: FileSystemFileHandle;
    try {
      // Choosing an existing file empties it at once, so this comes only when the image is there to be written.
      target = await picker.showSaveFilePicker!({ suggestedName: fileName });
    } catch {
      return; // The dialog was closed.
    }
    try {
      setError(undefined);
      setLabel(text.saving);
      await image.stream().pipeTo(await target.createWritable());
      setLabel(text.saved);
      saved();
    } catch (thrown) {
      setLabel(text.saveAs);
      setError(new Refusal('save-failed', { why: (thrown as DOMException).message }).message);
    }
  };
  return (
    <>
      <button type="button" onClick={() => void save()}>
        {label}
      </button>
      {error && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
    </>
  );
}
