/**
 * The service worker: after one visit the page works without a network. What it answers with has the page's policy as
 * a header, too, which a static host does not send.
 */
import { setCacheNameDetails } from 'workbox-core';
import { addPlugins, cleanupOutdatedCaches, type PrecacheEntry, precacheAndRoute } from 'workbox-precaching';
import { POLICY } from '../../policy.ts';

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
precacheAndRoute(self.__WB_MANIFEST);
cleanupOutdatedCaches();

// A new version waits until the page asks for it.
self.addEventListener('message', ({ data }) => {
  if (data?.type === 'SKIP_WAITING') void self.skipWaiting();
});
