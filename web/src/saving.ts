/** The image on its way out of the page: to the browser's downloads, or to a file that was picked. */
import { Refusal } from '../../src/core/errors.ts';
import { Stopped } from '../../src/core/output/handover.ts';
import { readImage } from './bridge.ts';
import { streamed } from './streamed.ts';
import { assertReadable, type ImageTable, ROW } from './table.ts';
import type { ReaderApi } from './worker/api.ts';

interface Saving {
  readonly image: ImageTable;
  readonly fileName: string;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Called with the bytes that were taken. */
  readonly progress: (done: number) => void;
}

/**
 * The most ranges that a Blob is composed of in Chromium: each takes 0.2 ms there, and a Blob of many thousands has ended
 * tabs. Elsewhere 20,000 take 0.1 s.
 */
const MOST_SLICES = 1000;
const isChromium = 'webkitRequestFileSystem' in globalThis;

/**
 * Has the browser download the image. Returns when all bytes have left the page, or when they need it no more.
 * @throws Refusal `image-gone`, `download-cut`, `storage-missing`
 */
export async function download(saving: Saving): Promise<void> {
  const serviceWorker = await streamer(saving.image);
  await withReader(saving, async (reader) => {
    if (serviceWorker) await stream(reader, serviceWorker, saving);
    else offerFile(await reader.asBlob(), saving.fileName);
  });
}

/** @param work gets the image opened by a worker, which ends with it */
async function withReader(
  { image, fileName, signal }: Saving,
  work: (reader: ReaderApi) => Promise<void>,
): Promise<void> {
  await assertReadable(image);
  const end = new AbortController();
  try {
    await work(readImage(AbortSignal.any([signal, end.signal]), image, fileName));
  } finally {
    end.abort();
  }
}

/** Hands bytes to the browser's downloads. */
export function offerFile(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  Object.assign(document.createElement('a'), { href: url, download: name }).click();
  // The download has begun when the click returns; the address is not needed after the task.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Writes the image to a file that was picked. @throws Refusal `image-gone`, `save-failed` */
export async function saveTo(target: FileSystemFileHandle, saving: Saving): Promise<void> {
  const { image, signal, progress } = saving;
  await withReader(saving, async (reader) => {
    try {
      const { port1, port2 } = new MessageChannel();
      const handed = reader.hand(port2, progress);
      handed.catch(() => {}); // The stream fails with it.
      await streamed(port1).pipeTo(await target.createWritable(), { signal });
      await handed;
    } catch (thrown) {
      await assertReadable(image);
      throw new Refusal('save-failed', { why: (thrown as Error).message });
    }
  });
}

/** What streams the image to the browser's downloads, where that is better than a Blob. */
async function streamer({ rows }: ImageTable): Promise<ServiceWorker | undefined> {
  if (!isChromium || rows.length <= ROW * MOST_SLICES) return undefined;
  const registration = await navigator.serviceWorker?.getRegistration().catch(() => undefined);
  return registration?.active ?? undefined;
}

/** Milliseconds between two questions to the service worker, which keep it running, too: browsers stop an idle one after 30 s. */
const PULSE = 5000;

async function stream(reader: ReaderApi, worker: ServiceWorker, { image, fileName, signal, progress }: Saving) {
  const { port1, port2 } = new MessageChannel();
  const id = crypto.randomUUID();
  const ask = (question: object, transferred: MessagePort[] = []) =>
    new Promise<boolean>((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => resolve(data);
      worker.postMessage(question, [port2, ...transferred]);
    });
  const frame = document.createElement('iframe');
  frame.hidden = true;
  try {
    await ask({ type: 'download', id, fileName, bytes: image.bytes }, [port1]);
    const handed = reader.hand(port2, progress);
    frame.src = `download/${id}`;
    document.body.append(frame);
    await Promise.race([handed, forgotten(() => ask({ type: 'alive', id }), handed)]);
  } catch (thrown) {
    if (signal.aborted) throw signal.reason;
    await assertReadable(image);
    throw new Refusal('download-cut', { why: thrown instanceof Stopped ? 'the browser ended it' : String(thrown) });
  } finally {
    frame.remove();
  }
}

/** Rejects when the service worker knows a download no more that is not over: it was stopped, and what it sent cut short. */
async function forgotten(isAlive: () => Promise<boolean>, handed: Promise<void>): Promise<never> {
  let isOver = false;
  handed
    .catch(() => {})
    .finally(() => {
      isOver = true;
    });
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, PULSE));
    if (isOver) return new Promise(() => {});
    if (!(await isAlive()) && !isOver) throw new Error('the browser stopped what sends it');
  }
}
