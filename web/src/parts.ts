/** The page's parts that are loaded when needed, and what is said when one does not arrive. */
import { Refusal } from '../../src/core/errors.ts';

/** @throws Refusal `page-incomplete` */
export async function fetchPart(url: string, signal?: AbortSignal): Promise<Response> {
  const response = await fetch(url, signal ? { signal } : {}).catch((error: Error) => {
    throw new Refusal('page-incomplete', { why: `${url}: ${error.message}` });
  });
  if (!response.ok) throw new Refusal('page-incomplete', { why: `${url}: ${response.status}` });
  return response;
}

/** Rejects when a worker does not arrive or breaks down: a call to it never settles then. */
export function workerFailure(worker: Worker): Promise<never> {
  return new Promise((_, reject) => {
    worker.addEventListener('error', ({ message }) => {
      // Without a message there is no script that could have failed.
      reject(message ? new Error(message) : new Refusal('page-incomplete', { why: 'a worker' }));
    });
  });
}
