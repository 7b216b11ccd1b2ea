/**
 * NARs where they lie: their entries, with contents left in the source.
 * Source of the format: Nix manual, “Nix Archive (NAR) format”; src/libutil/archive.cc, which is as strict.
 */
import type { Entry, NamedEntry } from '../archive/index.ts';
import { type ByteString, byteString, display } from '../bytes.ts';
import { Refusal } from '../errors.ts';
import type { Source } from '../storage/index.ts';

/** Bytes read at once: framing and names of many small entries. */
const WINDOW = 2 ** 14;
const MOST_NAME = 255;
const MOST_TARGET = 4095;
/** Longer than any token. */
const MOST_TOKEN = 32;
/** Directories in one another; a path has 4,095 bytes at most. */
const MOST_DEPTH = 2048;

/** NAR's numbers, strings and tokens, front to back. */
export class NarReader {
  readonly source: Source;
  /** Offset of what comes next. */
  at: number;
  /** What is being read, for messages: `a NAR`. */
  what = 'a NAR';
  readonly #name: string;
  readonly #start: number;
  readonly #end: number;
  readonly #window = new Uint8Array(WINDOW);
  #from = 0;
  #to = 0;

  /**
   * Reads `source` from one offset to another.
   * @param name a file's, whose content that is: messages name it, and offsets in it
   */
  constructor(source: Source, from: number, to: number, name = source.name) {
    this.source = source;
    this.at = from;
    this.#name = name;
    this.#start = from;
    this.#end = to;
  }

  /** Whether everything was read. */
  get ended(): boolean {
    return this.at === this.#end;
  }

  /** A 64-bit little-endian number. */
  async number(): Promise<number> {
    const bytes = await this.#take(8);
    const value = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw this.damaged(`${value} is no length`, this.at - 8);
    return Number(value);
  }

  /** A string of at most `most` bytes, and the zeros that fill it up to a multiple of 8. */
  async string(what: string, most: number): Promise<ByteString> {
    const length = await this.number();
    if (length > most) throw this.damaged(`${what} has ${length} bytes`, this.at - 8);
    const bytes = await this.#take(length + padding(length));
    if (bytes.subarray(length).some((byte) => byte !== 0))
      throw this.damaged(`${what} is not filled up with zeros`, this.at);
    return byteString(bytes, 0, length);
  }

  /** A token that is one of these. */
  async token<T extends string>(...expected: T[]): Promise<T> {
    const at = this.at;
    const found = await this.string('a token', MOST_TOKEN);
    if (!expected.includes(found as T))
      throw this.damaged(`“${display(found)}” stands where “${expected.join('” or “')}” should`, at);
    return found as T;
  }

  /** A content: its size; passes over it. */
  async content(): Promise<{ offset: number; size: number }> {
    const size = await this.number();
    const offset = this.at;
    if (size > this.#end - offset) throw this.#cutOff();
    this.at += size;
    if ((await this.#take(padding(size))).some((byte) => byte !== 0))
      throw this.damaged('a file’s contents are not filled up with zeros', offset + size);
    return { offset, size };
  }

  damaged(why: string, offset: number): Refusal {
    return new Refusal('nar-damaged', { name: this.#name, offset: offset - this.#start, why });
  }

  /** The next bytes, valid until the next call. */
  async #take(length: number): Promise<Uint8Array> {
    if (this.at + length > this.#end) throw this.#cutOff();
    if (this.at < this.#from || this.at + length > this.#to) {
      this.#from = this.at;
      this.#to = Math.min(this.at + WINDOW, this.#end);
      await this.source.prefetch?.(this.#from, this.#to);
      this.source.read(this.#from, this.#window.subarray(0, this.#to - this.#from));
    }
    this.at += length;
    return this.#window.subarray(this.at - length - this.#from, this.at - this.#from);
  }

  #cutOff(): Refusal {
    return new Refusal('nar-truncated', { name: this.#name, offset: this.#end - this.#start, what: this.what });
  }
}

const padding = (length: number) => -length & 7;

/**
 * The entries of one NAR, in its order. Modes are Nix' canonical ones, the owner is root.
 * @param root the path that stands for the NAR's own
 * @throws Refusal `nar-damaged`, `nar-truncated`
 */
export async function readNar(reader: NarReader, root: ByteString): Promise<NamedEntry[]> {
  const entries: NamedEntry[] = [];
  const add = (path: ByteString, header: number, rest: Pick<Entry, 'type' | 'mode'> & Partial<Entry>) =>
    entries.push({
      path,
      header,
      inode: {
        source: reader.source,
        uid: 0,
        gid: 0,
        size: 0,
        offset: reader.at,
        segments: undefined,
        target: '',
        ...rest,
      },
    });
  const node = async (path: ByteString, depth: number): Promise<void> => {
    const header = reader.at;
    if (depth > MOST_DEPTH) throw reader.damaged('directories lie too deep in one another', header);
    await reader.token('(');
    await reader.token('type');
    switch (await reader.token('regular', 'symlink', 'directory')) {
      case 'regular': {
        const isExecutable = (await reader.token('executable', 'contents')) === 'executable';
        if (isExecutable) {
          await reader.token('');
          await reader.token('contents');
        }
        add(path, header, { type: 'file', mode: isExecutable ? 0o555 : 0o444, ...(await reader.content()) });
        return void (await reader.token(')'));
      }
      case 'symlink': {
        await reader.token('target');
        const target = await reader.string('a link’s target', MOST_TARGET);
        if (target === '') throw reader.damaged('a link has an empty target', header);
        if (target.includes('\0')) throw reader.damaged('a link has a NUL in its target', header);
        add(path, header, { type: 'symlink', mode: 0o777, target });
        return void (await reader.token(')'));
      }
      case 'directory': {
        add(path, header, { type: 'directory', mode: 0o555 });
        for (let before = ''; (await reader.token('entry', ')')) === 'entry'; ) {
          await reader.token('(');
          await reader.token('name');
          const at = reader.at;
          const name = await reader.string('a name', MOST_NAME);
          if (/^\.{0,2}$|[/\0]/.test(name)) throw reader.damaged(`“${display(name)}” is no name`, at);
          if (name <= before) throw reader.damaged(`“${display(name)}” comes after “${display(before)}”`, at);
          before = name;
          await reader.token('node');
          await node(`${path}/${name}`, depth + 1);
          await reader.token(')');
        }
      }
    }
  };
  await reader.token('nix-archive-1');
  await node(root, 0);
  return entries;
}
