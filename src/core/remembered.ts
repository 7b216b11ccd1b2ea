/** Loads each thing once, for all who ask; what could not be loaded is tried again for the next. */
export function remembered<K extends readonly unknown[], T>(
  load: (...key: K) => Promise<T>,
): (...key: K) => Promise<T> {
  const loaded = new Map<unknown, Promise<T>>();
  return (...key) => {
    let promise = loaded.get(key[0]);
    if (!promise) {
      promise = load(...key);
      loaded.set(key[0], promise);
      promise.catch(() => loaded.delete(key[0]));
    }
    return promise;
  };
}
