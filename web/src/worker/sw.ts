/**
 * The service worker: after one visit the page works without a network. What it answers with has the page's policy as
 * a header, too, which a static host does not send. And it carries downloads: a stream that the page makes, as a response.
 */
import { setCacheNameDetails } from 'workbox-core';
import { addPlugins, cleanupOutdatedCaches, type PrecacheEntry, precacheAndRoute } from 'workbox-precaching';
import { POLICY } from '../../policy.ts';
import { streamed } from '../streamed.ts';

declare const self: ServiceWorkerGlobalScope & { readonly __WB_MANIFEST: (PrecacheEntry | string)[] };

// What is kept has the policy, so what was kept with another is not taken over.
setCacheNameDetails({ prefix: 'storeimg', precache: `precache-${POLICY}` });
addPlugins([
  {
    async cacheWillUpdate({ response }) {
      const { body, headers: sent, ok, status, statusText } = response;
      if (!ok) return null;
      const headers = new Headers(sent);
      headers.set('Content-Security-Policy', POLICY);
      return new Response(body, { status, statusText, headers });
    },
  },
]);
/** A download under way: who asks for its address gets its bytes. */
interface Download {
  readonly id: string;
  readonly fileName: string;
  readonly bytes: number;
  /** Bytes are handed over there (streamed.ts). */
  readonly port: MessagePort;
}

const downloads = new Map<string, Download>();

// Before the routes: an address of these is none of theirs.
self.addEventListener('fetch', (event) => {
  const [, id] = /\/download\/([^/]+)$/.exec(new URL(event.request.url).pathname) ?? [];
  if (id !== undefined) event.respondWith(answerTo(downloads.get(id)));
});

function answerTo(download: Download | undefined): Response {
  if (!download) return new Response(undefined, { status: 404 });
  const { id, fileName, bytes, port } = download;
  const over = () => void downloads.delete(id);
  return new Response(streamed(port, over), {
    headers: {
      'Content-Type': 'application/octet-stream',
      // So that the browser notices when some are missing.
      'Content-Length': String(bytes),
      'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(fileName)}`,
    },
  });
}

precacheAndRoute(self.__WB_MANIFEST);
cleanupOutdatedCaches();

self.addEventListener('message', ({ data, ports: [answer, port] }) => {
  // A new version waits until the page asks for it.
  if (data?.type === 'SKIP_WAITING') void self.skipWaiting();
  if (data?.type === 'download') downloads.set(data.id, { ...data, port });
  // To ask keeps the service worker running, too.
  if (data?.type === 'download' || data?.type === 'alive') answer!.postMessage(downloads.has(data.id));
});
