/** Any image, or disk with an ext4 partition, looked into through debugfs: directories listed, files read. */
import { type ByteString, byteString, display } from '../bytes.ts';
import { isRefusal, Refusal } from '../errors.ts';
import type { LoadProgram } from '../module.ts';
import type { BlockStore, Source } from '../storage/index.ts';
import { findFilesystem } from './filesystem.ts';
import { Debugfs } from './program.ts';
import { IMAGE } from './programs.ts';
import type { Superblock } from './superblock.ts';

/** What an inode can be, by the uppermost bits of its mode. Source: inode(7). */
const TYPES = {
  1: 'fifo',
  2: 'character device',
  4: 'directory',
  6: 'block device',
  8: 'file',
  10: 'symlink',
  12: 'socket',
} as const;

export type InodeType = (typeof TYPES)[keyof typeof TYPES] | 'unknown';

/** One name in a directory, and what its inode says. */
export interface ImageEntry {
  readonly name: ByteString;
  readonly inode: number;
  readonly type: InodeType;
  /** Permission, set-id and sticky bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of content; 0 for a directory. */
  readonly size: number;
}

/** What else there is to an inode. */
export interface InodeDetails {
  readonly links: number;
  /** Seconds since 1970. */
  readonly modified: number;
  /** Of a symbolic link. */
  readonly target: ByteString | undefined;
  /** Of a device: its numbers. */
  readonly device: string | undefined;
}

/** The inode of every filesystem's root directory: EXT2_ROOT_INO. */
export const ROOT_INODE = 2;

/** What is read does not depend on the clock. */
const CLOCK = 1;
/** Where `dump` is told to write. */
const CONTENT_PATH = 'content';

/**
 * `/INODE/MODE/UID/GID/NAME/SIZE/`, a line each, as `ls -p` prints them. A name may hold line breaks and no slash; a
 * directory has no size.
 */
const LINE = /\/(\d+)\/(\d+)\/(-?\d+)\/(-?\d+)\/([^/]*)\/(\d*)\/\n/y;
const LIST_END = '\n';

export class ImageReader {
  readonly superblock: Superblock;
  readonly #debugfs: Debugfs;
  #content: BlockStore | undefined;

  private constructor(module: WebAssembly.Module, place: BlockStore | Source, superblock: Superblock) {
    const files = (path: ByteString) => (path === IMAGE ? place : path === CONTENT_PATH ? this.#content : undefined);
    this.superblock = superblock;
    this.#debugfs = new Debugfs(module, IMAGE, false, { files, clock: CLOCK });
  }

  /** @throws Refusal `not-ext4` */
  static async open(image: Source, { program }: { readonly program: LoadProgram }): Promise<ImageReader> {
    const { place, superblock } = findFilesystem(image.name, image);
    const module = await program('debugfs');
    try {
      return new ImageReader(module, place, superblock);
    } catch (error) {
      if (!isRefusal(error, 'program-said')) throw error;
      const { output } = (error as Refusal<'program-said'>).facts;
      throw new Refusal('not-ext4', { name: image.name, why: output.trim() });
    }
  }

  /** What is in a directory, sorted by name, without `.` and `..`. @throws Refusal `program-said` */
  list(directory: number): ImageEntry[] {
    const argv = ['ls', '-p', `<${directory}>`];
    const said = this.#debugfs.command(argv);
    const entries: ImageEntry[] = [];
    let read = 0;
    LINE.lastIndex = 0;
    for (let line = LINE.exec(said); line; line = LINE.exec(said)) {
      read = LINE.lastIndex;
      const [, inode, mode, uid, gid, name, size] = line;
      // An inode of 0 is a place in a directory that no name has.
      if (inode !== '0' && name !== '.' && name !== '..')
        entries.push({
          name: name!,
          inode: Number(inode),
          ...ofMode(Number.parseInt(mode!, 8)),
          uid: unsigned(uid!),
          gid: unsigned(gid!),
          size: Number(size),
        });
    }
    if (said.slice(read) !== LIST_END) throw refusal(argv, said.slice(read));
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** @throws Refusal `program-said` */
  details(inode: number): InodeDetails {
    const argv = ['stat', `<${inode}>`];
    const said = this.#debugfs.command(argv);
    const links = /^Links: (\d+) /m.exec(said)?.[1];
    const [, seconds, extra = '0'] = /^ ?mtime: 0x([0-9a-f]+)(?::([0-9a-f]+))? /m.exec(said) ?? [];
    if (links === undefined || seconds === undefined) throw refusal(argv, said);
    return {
      links: Number(links),
      modified: timeOf(Number.parseInt(seconds, 16), Number.parseInt(extra, 16)),
      target: /Type: symlink/.test(said) ? this.#target(inode, said) : undefined,
      device: /^.*Device major\/minor number: 0*(\d+):0*(\d+) /m.exec(said)?.slice(1).join(', '),
    };
  }

  /**
   * Reads a file's content from front to back.
   * @param take given piece after piece, each valid during the call only
   * @throws Refusal `program-said`
   */
  read({ inode, size }: Pick<ImageEntry, 'inode' | 'size'>, take: (bytes: Uint8Array) => void): void {
    this.#content = writtenTo(size, take);
    const argv = ['dump', `<${inode}>`, CONTENT_PATH];
    const said = this.#debugfs.command(argv);
    if (said !== '') throw refusal(argv, said);
  }

  /** A short target is in the inode, where `stat` shows it at its end. */
  #target(inode: number, status: ByteString): ByteString {
    const short = /^Fast link dest: "([\s\S]*)"\n$/m.exec(status);
    if (short) return short[1]!;
    let target = '';
    this.read({ inode, size: Number(/ Size: (\d+)$/m.exec(status)![1]) }, (bytes) => {
      target += byteString(bytes);
    });
    return target;
  }
}

const ofMode = (mode: number): Pick<ImageEntry, 'type' | 'mode'> => ({
  type: (TYPES as Readonly<Record<number, InodeType>>)[mode >>> 12] ?? 'unknown',
  mode: mode & 0o7777,
});

/** debugfs prints the upper half of all 32-bit numbers as negative ones. */
const unsigned = (number: string) => Number(number) >>> 0;

/** Two bits of `i_mtime_extra` go above the 32 of `i_mtime`, which has a sign. */
const timeOf = (seconds: number, extra: number) => (seconds | 0) + (extra & 3) * 2 ** 32;

/** A file that hands on what is written to it. Of a content that lies in its inode debugfs writes what is behind it, too. */
const writtenTo = (size: number, take: (bytes: Uint8Array) => void): BlockStore => ({
  size: 0,
  write(offset, from) {
    if (offset < size) take(from.subarray(0, size - offset));
  },
  resize() {},
  zero() {},
  flush() {},
  read: (_offset, into) => into.fill(0),
});

const refusal = (argv: readonly string[], said: ByteString) =>
  new Refusal('program-said', { program: 'debugfs', command: argv.join(' '), output: display(said.trim()) });
