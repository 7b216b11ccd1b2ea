/** Bytes that one thread hands to another when they are asked for: both ends of a MessagePort. */

/** What goes back for each request. */
type Piece = { readonly bytes: ArrayBuffer } | { readonly end: true } | { readonly failed: string };

type Port = Pick<MessagePort, 'postMessage' | 'onmessage' | 'close'>;

/** Whoever asked wants no more. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

/**
 * Answers requests with pieces, of which one is made ahead. Each is transferred.
 * @returns when the last piece was taken
 * @throws Stopped, or what making a piece has thrown, which the other end is told
 */
export function offer(port: Port, pieces: AsyncIterator<Uint8Array<ArrayBuffer>>): Promise<void> {
  const answer = (piece: Piece, transfer: Transferable[] = []) => port.postMessage(piece, transfer);
  const ahead = () => {
    const next = pieces.next();
    next.catch(() => {}); // Told when it is asked for.
    return next;
  };
  let next = ahead();
  return new Promise((resolve, reject) => {
    port.onmessage = async ({ data }) => {
      if (data !== 'next') return reject(new Stopped());
      try {
        const { value, done } = await next;
        if (done) {
          answer({ end: true });
          return resolve();
        }
        next = ahead();
        answer({ bytes: value.buffer }, [value.buffer]);
      } catch (error) {
        answer({ failed: (error as Error).message });
        reject(error);
      }
    };
  });
}

/**
 * The other end: asks for a piece when the stream's reader wants one.
 * @param over called when no more is asked for
 */
export function taken(port: Port, over = () => {}): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream(
    {
      pull: (controller) =>
        new Promise((resolve) => {
          port.onmessage = ({ data }: { data: Piece }) => {
            if ('bytes' in data) controller.enqueue(new Uint8Array(data.bytes));
            else {
              if ('end' in data) controller.close();
              else controller.error(new Error(data.failed));
              port.close();
              over();
            }
            resolve();
          };
          port.postMessage('next');
        }),
      cancel() {
        port.postMessage('stop');
        over();
      },
    },
    // What was handed over was wanted: so its last piece is known to be taken.
    { highWaterMark: 0 },
  );
}
