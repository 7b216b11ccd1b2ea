/** The finished view, read once from front to back: hashed, mapped, compressed, and given to what writes it. */
import { createHash } from 'node:crypto';
import {
  type Delivery,
  type DeliveryHost,
  deliver,
  makeCompressor,
  type Options,
  type Progress,
  type Raw,
} from '../core/index.ts';
import { loadCodecs } from './wasm.ts';

interface Delivering extends Required<Pick<DeliveryHost, 'write'>>, Pick<DeliveryHost, 'room'> {
  readonly options: Pick<Options, 'compress'>;
  readonly isHashed: boolean;
  /** Called for every piece. */
  progress(progress: Progress): void;
}

/** @throws Refusal `source-unreadable`, and what `write` throws */
export async function deliverRaw({ image, facts }: Raw, host: Delivering): Promise<Delivery> {
  return deliver(facts, {
    read: (offset, into) => image.fetch(offset, into),
    newHasher: () => createHash('sha256'),
    isHashed: host.isHashed,
    compressor: await makeCompressor(host.options, loadCodecs),
    write: host.write,
    room: host.room,
    progress: (done) => host.progress({ phase: 'deliver', done, total: facts.bytes, entries: 0 }),
  });
}
