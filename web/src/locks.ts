/** Locks, by which tabs tell each other what they need. A browser without them gives them no disk to share, either. */

interface Held {
  /** Whether it is held, once that is known. */
  readonly isHeld: Promise<boolean>;
  /** Ends it, or the wait for it. */
  readonly release: () => void;
}

/** Holds a lock, as soon as these options grant it, until it is released or the tab is gone. */
export function holdLock(name: string, options: LockOptions = {}): Held {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const isHeld = new Promise<boolean>((resolve) => {
    if (!navigator.locks) return resolve(true);
    const grant = (lock: Lock | null) => {
      resolve(lock !== null);
      return released;
    };
    navigator.locks.request(name, options, grant).catch(() => resolve(false));
  });
  return { isHeld, release };
}
