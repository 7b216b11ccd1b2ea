/** What the browser keeps as JSON: for later visits (`localStorage`), or for this tab alone (`sessionStorage`). */

type Place = 'localStorage' | 'sessionStorage';

/** Returns whether it is kept: a browser that keeps nothing is no failure, though the mere access throws there. */
export function keep(place: Place, key: string, value: unknown): boolean {
  try {
    window[place].setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

/** `undefined` where nothing is kept, or nothing that can be read. */
export function recall(place: Place, key: string): unknown {
  try {
    return JSON.parse(window[place].getItem(key) ?? '') ?? undefined;
  } catch {
    return undefined;
  }
}

export function forget(place: Place, key: string): void {
  try {
    window[place].removeItem(key);
  } catch {}
}
