/** What a worker offers, and that it is there. */
import { expose } from 'comlink';

/** Exposes an interface, and says so: until then messages can be lost (start-worker.ts). */
export function serve(api: object): void {
  expose(api);
  postMessage('ready');
}
