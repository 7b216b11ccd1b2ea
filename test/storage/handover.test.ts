/** Bytes that one thread hands to another: both ends of a MessageChannel, as in the page and its workers. */
import { MessageChannel, type MessagePort as NodePort } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { asked, offer, type Piece, Stopped } from '../../src/core/index.ts';
import { streamed } from '../../web/src/streamed.ts';

/** Both ends, as browsers type them. */
function channel(): [MessagePort, MessagePort] {
  const { port1, port2 } = new MessageChannel();
  const typed = (port: NodePort) => port as unknown as MessagePort;
  return [typed(port1), typed(port2)];
}

/** Notes how many pieces were made. */
function counted(count: number, failsAt = Number.POSITIVE_INFINITY) {
  const made = { pieces: 0 };
  const pieces = (async function* (): AsyncGenerator<Piece> {
    for (let index = 0; index < count; index++) {
      if (index === failsAt) throw new Error('the archive is gone');
      made.pieces++;
      yield new Uint8Array(1000).fill(index);
    }
  })();
  return { made, pieces };
}

test('all bytes, in order, transferred; the end is known when the last was taken', async () => {
  const [here, there] = channel();
  const { pieces } = counted(5);
  let isOver = false;
  const handed = offer(here, pieces);
  const bytes = Buffer.from(await new Response(streamed(there, () => (isOver = true))).arrayBuffer());
  await handed;
  expect(isOver).toBe(true);
  expect(bytes.equals(Buffer.concat([0, 1, 2, 3, 4].map((index) => Buffer.alloc(1000, index))))).toBe(true);
});

test('no more than one piece is made ahead of what is asked for', async () => {
  const [here, there] = channel();
  const { made, pieces } = counted(100);
  const handed = offer(here, pieces);
  handed.catch(() => {});
  const reader = streamed(there).getReader();
  for (let asked = 1; asked <= 3; asked++) {
    await reader.read();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(made.pieces).toBe(asked + 1);
  }
  await reader.cancel();
  await expect(handed).rejects.toBeInstanceOf(Stopped);
  here.close();
});

test('a piece that can’t be made fails both ends, after those before it', async () => {
  const [here, there] = channel();
  const handed = offer(here, counted(5, 2).pieces);
  const reader = streamed(there).getReader();
  const seen = (async () => {
    let count = 0;
    for (;;) {
      const { done } = await reader.read();
      if (done) return count;
      count++;
    }
  })();
  await Promise.all([
    expect(handed).rejects.toThrow('the archive is gone'),
    expect(seen).rejects.toThrow('the archive is gone'),
  ]);
});

test('nothing to hand over is an end, too', async () => {
  const [here, there] = channel();
  const handed = offer(here, counted(0).pieces);
  expect(await new Response(streamed(there)).text()).toBe('');
  await handed;
});

test('zeros are handed over as their number', async () => {
  const given = [Uint8Array.of(1, 2), 3 * 2 ** 20, Uint8Array.of(3), 5];
  const begun = () => {
    const [here, there] = channel();
    const pieces = (async function* (): AsyncGenerator<Piece> {
      for (const piece of given) yield typeof piece === 'number' ? piece : piece.slice();
    })();
    return [offer(here, pieces), there] as const;
  };
  const [handed, there] = begun();
  const pieces: Piece[] = [];
  for await (const piece of asked(there)) pieces.push(piece);
  await handed;
  expect(pieces).toEqual(given);
  const [, again] = begun();
  const bytes = Buffer.from(await new Response(streamed(again)).arrayBuffer());
  expect(bytes.equals(Buffer.concat([Buffer.of(1, 2), Buffer.alloc(3 * 2 ** 20), Buffer.of(3, 0, 0, 0, 0, 0)]))).toBe(
    true,
  );
});
