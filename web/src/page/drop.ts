/** Files can be dropped anywhere; no drop ever navigates away. */
import { signal } from '@preact/signals';
import { Refusal } from '../../../src/core/errors.ts';
import type { FileField } from '../form.ts';
import { isFormOpen, refuse, stage, take } from '../state.ts';
import { text } from '../text.ts';

/** Whether files hover over the page. */
export const hovering = signal(false);

export function acceptDrops(): void {
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
  addEventListener('dragover', (event) => {
    event.preventDefault();
    hovering.value = hasFiles(event) && isFormOpen.value;
  });
  addEventListener('dragleave', (event) => {
    // Leaving the window, not one element for another.
    if (event.relatedTarget === null) hovering.value = false;
  });
  addEventListener('drop', (event) => {
    event.preventDefault();
    hovering.value = false;
    const entries = [...(event.dataTransfer?.items ?? [])].map((item) => item.webkitGetAsEntry());
    const folder = entries.find((entry) => entry?.isDirectory);
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length === 0) return;
    if (stage.value.name === 'building' || stage.value.name === 'done') refuse(text.notNow[stage.value.name]);
    else if (folder) refuseFolder(folder.name);
    else void take(files, fieldOf(event.target));
  });
}

function refuseFolder(name: string): void {
  const { message, code } = new Refusal('archive-folder', { name });
  refuse(message, code);
}

/** The field that something was dropped on. */
function fieldOf(target: EventTarget | null): FileField | undefined {
  const input = (target as Element).closest('.files')?.querySelector('input');
  return input?.name as FileField | undefined;
}
