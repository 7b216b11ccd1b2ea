/** The worker that has an image open, to be looked into. It can be ended at any moment. */
import { ImageReader } from '../../../src/core/index.ts';
import type { ReaderApi } from './api.ts';
import { FileSource } from './file-source.ts';
import { loadProgram } from './programs.ts';
import { serve } from './serve.ts';

let reader: ImageReader;

/** Bytes that are gathered before the browser is given them: it keeps many small pieces badly. */
const PIECE = 4 * 2 ** 20;

const api: ReaderApi = {
  async open(image, name) {
    reader = await ImageReader.open(new FileSource(new File([image], name)), { program: loadProgram });
    return reader.superblock;
  },
  list: async (directory) => reader.list(directory),
  details: async (inodes) => inodes.map((inode) => reader.details(inode)),
  async content(entry) {
    const pieces: Blob[] = [];
    const gathered = new Uint8Array(Math.min(PIECE, entry.size));
    let length = 0;
    const hand = () => {
      if (length > 0) pieces.push(new Blob([gathered.subarray(0, length)]));
      length = 0;
    };
    reader.read(entry, (bytes) => {
      if (length + bytes.length > gathered.length) hand();
      gathered.set(bytes, length);
      length += bytes.length;
    });
    hand();
    // Without a type a browser guesses one, and adds its ending to the file's name.
    return new Blob(pieces, { type: 'application/octet-stream' });
  },
};

serve(api);
