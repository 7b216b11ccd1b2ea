/**
 * SHA-256 in a browser: the platform's own takes a whole message and is three times as fast as WebAssembly, which
 * takes it in pieces. So messages that fit into memory are gathered for the first, others streamed through the second.
 */
import { createSHA256, type IHasher } from 'hash-wasm';
import type { Hasher, NewHasher } from '../../../src/core/index.ts';

/** Bytes that are gathered at most. */
const GATHER = 64 * 2 ** 20;

/** Makes hashers of which one is in use at a time. */
export async function makeNewHasher(): Promise<NewHasher> {
  const streaming = await createSHA256();
  // Only a secure context has it.
  const { subtle } = globalThis.crypto;
  // One room for all messages, as large as the largest yet: new memory takes longer than what is put into it.
  let room = new ArrayBuffer(0);
  return (size) => {
    if (!subtle || size > GATHER) return stream(streaming);
    if (room.byteLength < size) room = new ArrayBuffer(size);
    return gather(subtle, new Uint8Array(room, 0, size));
  };
}

/** One hasher of its own, for messages of any size. */
export async function newStreamingHasher(): Promise<Hasher> {
  return stream(await createSHA256());
}

function gather(subtle: SubtleCrypto, message: Uint8Array<ArrayBuffer>): Hasher {
  let filled = 0;
  return {
    update(bytes) {
      message.set(bytes, filled);
      filled += bytes.length;
    },
    digest: async () => new Uint8Array(await subtle.digest('SHA-256', message)),
  };
}

function stream(hasher: IHasher): Hasher {
  hasher.init();
  return { update: (bytes) => void hasher.update(bytes), digest: () => hasher.digest('binary') };
}
