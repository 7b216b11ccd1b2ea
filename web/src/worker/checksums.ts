/** The worker that hashes a finished image, and makes its block map, while a person can have it already. */
import { deliver, newStreamingHasher, Refusal } from '../../../src/core/index.ts';
import type { ChecksumsApi } from './api.ts';
import { serve } from './serve.ts';

const api: ChecksumsApi = {
  of: (image, raw) =>
    deliver(raw, {
      async read(offset, into) {
        const piece = image.slice(offset, offset + into.length).arrayBuffer();
        const bytes = await piece.catch(({ message }: DOMException) => {
          throw new Refusal('image-gone', { why: message });
        });
        into.set(new Uint8Array(bytes));
      },
      newHasher: newStreamingHasher,
      progress() {},
    }),
};

serve(api);
