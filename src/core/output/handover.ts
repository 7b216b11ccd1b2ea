/** The bytes of an image, handed from one thread to another when they are asked for: both ends of a MessageChannel. */

/** Bytes, or a number of zeros. Every piece has one or more. */
export type Piece = Uint8Array<ArrayBuffer> | number;

/** What answers each request. */
type Answer = { readonly piece: Piece } | { readonly end: true } | { readonly failed: string };

/** A MessagePort, of a browser or of Node.js. */
export interface HandoverPort {
  // biome-ignore lint/suspicious/noExplicitAny: what was sent has no type
  onmessage: ((event: any) => void) | null;
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  close(): void;
}

/** The other end wants no more. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

/**
 * Answers requests with pieces; one is made ahead. Bytes are transferred, each piece with its whole buffer.
 * @param spare gets buffers that the other end has done with: memory that was used before is several times as fast as new
 * @returns when the last piece was taken
 * @throws Stopped, or what making a piece has thrown, which the other end is told
 */
export function offer(port: HandoverPort, pieces: AsyncIterator<Piece>, spare: ArrayBuffer[] = []): Promise<void> {
  const answer = (what: Answer, transfer: ArrayBuffer[] = []) => port.postMessage(what, transfer);
  const ahead = () => {
    const next = pieces.next();
    next.catch(() => {}); // Told when it is asked for.
    return next;
  };
  let next = ahead();
  return new Promise((resolve, reject) => {
    port.onmessage = async ({ data }) => {
      if (data === 'stop') return reject(new Stopped());
      if (data instanceof ArrayBuffer) spare.push(data);
      try {
        const { value, done } = await next;
        if (done) {
          answer({ end: true });
          return resolve();
        }
        next = ahead();
        answer({ piece: value }, typeof value === 'number' ? [] : [value.buffer]);
      } catch (error) {
        answer({ failed: (error as Error).message });
        reject(error);
      }
    };
  });
}

/**
 * The other end: asks for each piece when the one before was used. To stop early tells `offer`.
 * @param isReturned whether a piece's bytes may be overwritten from then on
 * @throws Error with the sentence of what `offer` throws
 */
export async function* asked(port: HandoverPort, isReturned = false): AsyncGenerator<Piece> {
  let isOver = false;
  let used: ArrayBuffer | undefined;
  try {
    for (;;) {
      const answer = await new Promise<Answer>((resolve) => {
        port.onmessage = ({ data }) => resolve(data);
        port.postMessage(used ?? 'next', used ? [used] : []);
      });
      if ('piece' in answer) {
        yield answer.piece;
        used = isReturned && typeof answer.piece !== 'number' ? answer.piece.buffer : undefined;
        continue;
      }
      isOver = true;
      if ('end' in answer) return;
      throw new Error(answer.failed);
    }
  } finally {
    if (!isOver) port.postMessage('stop', []);
    port.close();
  }
}
