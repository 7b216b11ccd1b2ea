/** The worker that has an image open: to be looked into, hashed, or handed over to be saved. It can be ended at any moment. */
import {
  deliver,
  ImageReader,
  newStreamingHasher,
  offer,
  type Piece,
  piecesOf,
  readBlockMap,
  remembered,
  throttled,
  View,
} from '../../../src/core/index.ts';
import { assertReadable, type ImageTable } from '../table.ts';
import type { ReaderApi } from './api.ts';
import { loadProgram } from './programs.ts';
import './refusals.ts';
import { serve } from './serve.ts';
import { asBlob, openTable } from './table.ts';

let table: ImageTable;
let image: View;
/** Of the filesystem in it. */
const reader = remembered(() => ImageReader.open(image, { program: loadProgram }));

/** Bytes that are gathered before the browser is given them: it keeps many small pieces badly. */
const PIECE = 4 * 2 ** 20;

const api: ReaderApi = {
  async open(given, name) {
    table = given;
    image = openTable(given, name);
  },
  superblock: async () => (await reader()).superblock,
  list: async (directory) => (await reader()).list(directory),
  async details(inodes) {
    const opened = await reader();
    return inodes.map((inode) => opened.details(inode));
  },
  async content(entry) {
    const pieces: Blob[] = [];
    const gathered = new Uint8Array(Math.min(PIECE, entry.size));
    let length = 0;
    const hand = () => {
      if (length > 0) pieces.push(new Blob([gathered.subarray(0, length)]));
      length = 0;
    };
    (await reader()).read(entry, (bytes) => {
      if (length + bytes.length > gathered.length) hand();
      gathered.set(bytes, length);
      length += bytes.length;
    });
    hand();
    // Without a type a browser guesses one, and adds its ending to the file's name.
    return new Blob(pieces, { type: 'application/octet-stream' });
  },
  async blocks({ offset, length }) {
    const filesystem = new View(image.name, length);
    filesystem.map(0, length, image, offset);
    return readBlockMap(loadProgram, filesystem);
  },
  checksums: (raw) =>
    deliver(raw, { read: (at, into) => image.fetch(at, into), newHasher: newStreamingHasher, progress() {} }),
  asBlob: () => asBlob(table),
  hand: (port, progress) => offer(port, pieces(progress)),
};

/** Bytes that are handed over at once. */
const HANDED = 4 * 2 ** 20;

async function* pieces(progress: (done: number) => void): AsyncGenerator<Piece> {
  const tell = throttled(progress, () => '');
  for (const { offset, length, isHole } of piecesOf({ bytes: image.size, data: image.written() }, HANDED)) {
    const bytes = new Uint8Array(isHole ? 0 : length);
    if (!isHole) await image.fetch(offset, bytes);
    // A browser that streams a file does not see that it changes: what was handed over is then never whole.
    if (offset + length === image.size) await assertReadable(table);
    yield isHole ? length : bytes;
    tell(offset + length);
  }
}

serve(api);
