/** Files can be dropped anywhere; no drop ever navigates away. */
import { signal } from '@preact/signals';
import { fail, stage, take } from '../state.ts';
import { text } from '../text.ts';

/** Whether files hover over the page. */
export const hovering = signal(false);

export function acceptDrops(): void {
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
  addEventListener('dragover', (event) => {
    event.preventDefault();
    hovering.value = hasFiles(event) && stage.value.name !== 'building';
  });
  addEventListener('dragleave', (event) => {
    // Leaving the window, not one element for another.
    if (event.relatedTarget === null) hovering.value = false;
  });
  addEventListener('drop', (event) => {
    event.preventDefault();
    hovering.value = false;
    if (stage.value.name === 'building') return;
    const entries = [...(event.dataTransfer?.items ?? [])].map((item) => item.webkitGetAsEntry());
    const folder = entries.find((entry) => entry?.isDirectory);
    if (folder) fail(Object.assign(new Error(text.folder(folder.name)), { name: 'Refusal' }));
    else take([...(event.dataTransfer?.files ?? [])]);
  });
}
