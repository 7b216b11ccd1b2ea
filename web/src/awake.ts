/** Keeps the screen on while something is under way, where the browser can: a sleeping machine builds nothing. */
import { effect, type ReadonlySignal } from '@preact/signals';

export function stayAwake(isBusy: ReadonlySignal<boolean>): void {
  let held: WakeLockSentinel | undefined;
  const hold = async () => {
    // Refused when the battery is low, or the tab is hidden: then it is asked for again when it is shown.
    const lock = await navigator.wakeLock?.request('screen').catch(() => undefined);
    const unneeded = isBusy.peek() ? held : lock;
    if (isBusy.peek()) held = lock;
    await unneeded?.release();
  };
  document.addEventListener('visibilitychange', () => {
    if (isBusy.peek() && !document.hidden) void hold();
  });
  effect(() => {
    if (isBusy.value) void hold();
    else void held?.release();
  });
}
