/** Saving the image: as a download, or through the browser's own dialog where it has one. */
import { type Saving, saveImage, saveImageTo } from '../state.ts';
import { size, text } from '../text.ts';

interface SavePicker {
  showSaveFilePicker?(options: { suggestedName: string }): Promise<FileSystemFileHandle>;
}

const picker = window as SavePicker;

export const canSaveAs = picker.showSaveFilePicker !== undefined;

interface Props {
  readonly fileName: string;
  readonly saving: Saving | undefined;
}

export function SaveButtons({ fileName, saving }: Props) {
  const isBusy = saving?.state === 'busy';
  const saveAs = async () => {
    let target: FileSystemFileHandle;
    try {
      // Choosing an existing file empties it at once, so this comes only when the image is there to be written.
      target = await picker.showSaveFilePicker!({ suggestedName: fileName });
    } catch {
      return; // The dialog was closed.
    }
    await saveImageTo(target);
  };
  // Not disabled while it works: a button that is loses the focus.
  const unlessBusy = (work: () => Promise<void>) => () => void (isBusy || work());
  return (
    <>
      <button type="button" class="primary" onClick={unlessBusy(saveImage)}>
        {text.download}
      </button>
      {canSaveAs && (
        <button type="button" onClick={unlessBusy(saveAs)}>
          {text.saveAs}
        </button>
      )}
    </>
  );
}

/** How far saving is, or what became of it. */
export function SavingShown({ saving, bytes }: { readonly saving: Saving | undefined; readonly bytes: number }) {
  return (
    <>
      <p class="help" role="status">
        {saving && saving.state !== 'failed' && wordsOf(saving, bytes)}
      </p>
      {saving?.state === 'failed' && (
        <p class="error" role="alert">
          {saving.failure.sentence}
        </p>
      )}
    </>
  );
}

function wordsOf(saving: Exclude<Saving, { state: 'failed' }>, bytes: number): string {
  if (saving.state === 'saved') return text.savedTo[saving.to];
  const { fraction } = saving;
  return fraction === undefined
    ? text.preparing
    : text.savingOf(Math.floor(100 * fraction), size(bytes * fraction), size(bytes));
}
