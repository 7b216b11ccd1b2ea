/**
 * The service worker: after one visit the page works without a network. What it answers with has the page's policy as
 * a header, too, which a static host does not send.
 */
import { addPlugins, cleanupOutdatedCaches, type PrecacheEntry, precacheAndRoute } from 'workbox-precaching';
import { POLICY } from '../../policy.ts';

declare const self: ServiceWorkerGlobalScope & { readonly __WB_MANIFEST: (PrecacheEntry | string)[] };

addPlugins([
  {
    async handlerWillRespond({ response }) {
      const headers = new Headers(response.headers);
      headers.set('Content-Security-Policy', POLICY);
      const { status, statusText } = response;
      return new Response(response.body, { status, statusText, headers });
    },
  },
]);
precacheAndRoute(self.__WB_MANIFEST);
cleanupOutdatedCaches();

// A new version waits until the page asks for it.
self.addEventListener('message', ({ data }) => {
  if (data?.type === 'SKIP_WAITING') void self.skipWaiting();
});
