/** Workers that have the page's policy. */
import type { Endpoint } from 'comlink';

const scripts = new Map<string, string>();

/**
 * Starts a module worker that has the page's policy. Where the service worker is in control, the script comes with it as
 * a header. Where none is, it comes as a static host sends it, without; so it is imported by a blob, whose worker
 * inherits the policy of what started it. Firefox does not ask the service worker for what a blob imports.
 * @param url of a module: `import url from './a.ts?worker&url'`
 */
export function startWorker(url: string): Worker {
  return new Worker(isServed() ? url : importing(url), { type: 'module' });
}

/** Fulfilled when a worker that was just started says that it listens (`serve`). */
export const listening = (worker: Worker): Promise<void> =>
  new Promise((resolve) => worker.addEventListener('message', () => resolve(), { once: true }));

/**
 * What comlink talks to: nothing is sent before the worker says that it listens (`serve`). Engines lose what comes between
 * the start of a module worker and the end of its imports, now and then.
 */
export function endpointOf(worker: Worker): Endpoint {
  const said = listening(worker);
  return {
    postMessage: (message, transfer) => void said.then(() => worker.postMessage(message, transfer ?? [])),
    addEventListener: worker.addEventListener.bind(worker),
    removeEventListener: worker.removeEventListener.bind(worker),
  };
}

/** Whether the service worker answers for this page. */
const isServed = () => Boolean(navigator.serviceWorker?.controller);

function importing(url: string): string {
  let script = scripts.get(url);
  if (script === undefined) {
    // A blob's address has no folder: what it imports is named in full.
    const { href } = new URL(url, import.meta.url);
    script = URL.createObjectURL(new Blob([`import ${JSON.stringify(href)};`], { type: 'text/javascript' }));
    // Never revoked: engines read it when they like.
    scripts.set(url, script);
  }
  return script;
}
