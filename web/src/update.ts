/** The page's copy in the browser, which works without a network, and the offer of a newer one. */

import { registerSW } from 'virtual:pwa-register';
import { effect, signal } from '@preact/signals';
import { holdLock } from './locks.ts';
import { isFormOpen, refuse } from './state.ts';
import { text } from './text.ts';

/** Changes to the newer version, which reloads the page; `undefined` while there is none. */
export const update = signal<(() => void) | undefined>(undefined);

/** Shared by all tabs that build or have an image: parts of the present version that they need would be gone. */
const BUSY = 'storeimg.busy';

export function keepOffline(): void {
  let isAsked = false;
  const takeOver = registerSW({
    onNeedRefresh() {
      update.value = () => void change();
    },
    // All tabs have the newer version now; what was chosen in the others is theirs to give up.
    onNeedReload() {
      update.value = () => location.reload();
      if (isAsked) location.reload();
    },
  });
  const change = async () => {
    const { isHeld, release } = holdLock(BUSY, { ifAvailable: true });
    isAsked = await isHeld;
    if (isAsked) void takeOver();
    else refuse(text.updateWaits);
    release();
  };
  effect(() => (isFormOpen.value ? undefined : holdLock(BUSY, { mode: 'shared' }).release));
}
