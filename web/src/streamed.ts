/** Bytes that another thread hands over, as a stream. */
import { asked, type HandoverPort } from '../../src/core/output/handover.ts';

/** Zeros that are handed on at once. */
const ZEROS = 2 ** 20;

/**
 * What `offer` hands over at the other end of a port.
 * @param over called when no more is asked for
 */
export function streamed(port: HandoverPort, over = () => {}): ReadableStream<Uint8Array<ArrayBuffer>> {
  const pieces = asked(port);
  let zeros = 0;
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          if (zeros === 0) {
            const { value, done } = await pieces.next();
            if (done) {
              over();
              return controller.close();
            }
            if (typeof value !== 'number') return controller.enqueue(value);
            zeros = value;
          }
          const length = Math.min(ZEROS, zeros);
          zeros -= length;
          controller.enqueue(new Uint8Array(length));
        } catch (error) {
          over();
          controller.error(error);
        }
      },
      async cancel() {
        over();
        await pieces.return(undefined);
      },
    },
    // What was handed over was wanted: so its last piece is known to be taken.
    { highWaterMark: 0 },
  );
}
