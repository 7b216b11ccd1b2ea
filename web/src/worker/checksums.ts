/** The worker that hashes a finished image, and makes its block map, while a person can have it already. */
import { expose } from 'comlink';
import { deliver, newStreamingHasher } from '../../../src/core/index.ts';
import type { ChecksumsApi } from './api.ts';

const api: ChecksumsApi = {
  of: (image, raw) =>
    deliver(raw, {
      async read(offset, into) {
        into.set(new Uint8Array(await image.slice(offset, offset + into.length).arrayBuffer()));
      },
      newHasher: newStreamingHasher,
      progress() {},
    }),
};

expose(api);
