/** The page's copy in the browser, which works without a network, and the offer of a newer one. */

import { registerSW } from 'virtual:pwa-register';
import { signal } from '@preact/signals';

/** Changes to the newer version, which reloads the page; `undefined` while there is none. */
export const update = signal<(() => void) | undefined>(undefined);

export function keepOffline(): void {
  const takeOver = registerSW({
    onNeedRefresh() {
      update.value = () => void takeOver(true);
    },
  });
}
