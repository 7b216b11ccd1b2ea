/** One filesystem made twice by the same commands: in WebAssembly over a memory store, and natively in a file. */
import { readFileSync } from 'node:fs';
import { open, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ByteString, byteString, toBytes } from '../../src/core/bytes.ts';
import { Debugfs, type ProgramHost, runProgram } from '../../src/core/image/program.ts';
import type { ProgramName } from '../../src/core/index.ts';
import { type BlockStore, isZeros, MemoryStore, type Source } from '../../src/core/storage/index.ts';
import { run } from '../fixtures/process.ts';
import { environment } from '../oracles/native.ts';
import { bytesSource } from '../storage/bytes-source.ts';
import { piecesOf } from '../storage/pieces.ts';

const UUID = '44444444-4444-4444-8888-888888888888';
export const CLOCK = 1;
const FAKETIME = ['-f', '1970-01-01 00:00:01'];

const modules = new Map<ProgramName | 'resize2fs', WebAssembly.Module>();

export function wasmModule(name: ProgramName | 'resize2fs'): WebAssembly.Module {
  let module = modules.get(name);
  if (!module) {
    const file = new URL(`../../wasm/dist/${name}.wasm`, import.meta.url);
    module = new WebAssembly.Module(readFileSync(file));
    modules.set(name, module);
  }
  return module;
}

export interface Geometry {
  readonly bytes: number;
  readonly blockSize: 1024 | 4096;
  readonly inodes: number;
}

export class Twins {
  readonly store: MemoryStore;
  readonly host: ProgramHost;
  /** The native image's path. */
  readonly image: string;
  readonly #folder: string;
  readonly #contents = new Map<ByteString, Source>();
  /** Where contents lie that debugfs told of. */
  readonly #mapped = new Set<number>();
  /** What the command of the moment writes. */
  #content: Source | undefined;
  readonly #debugfs: Debugfs;
  readonly #argvs: ByteString[][] = [];

  /** Makes both filesystems empty. */
  static async make(folder: string, { bytes, blockSize, inodes }: Geometry): Promise<Twins> {
    const args = [
      '-q',
      '-t',
      'ext4',
      '-b',
      `${blockSize}`,
      '-N',
      `${inodes}`,
      '-O',
      '^orphan_file,^metadata_csum_seed',
    ];
    args.push('-L', 'NIXOS', '-U', UUID, '-E', `hash_seed=${UUID}`);
    const image = join(folder, 'image');
    await writeFile(image, '');
    await truncate(image, bytes);
    const blocks = `${bytes / blockSize}`;
    await run('faketime', [...FAKETIME, 'mke2fs', ...args, image, blocks], { env: environment });
    return new Twins(folder, new MemoryStore(bytes), blockSize, [...args, 'image', blocks]);
  }

  private constructor(folder: string, store: MemoryStore, blockSize: number, mke2fs: readonly ByteString[]) {
    this.#folder = folder;
    this.image = join(folder, 'image');
    this.store = store;
    // What libext2fs writes before a content, zeros, may leave its cache after debugfs told of the content.
    const image: BlockStore = {
      get size() {
        return store.size;
      },
      read: (offset, into) => store.read(offset, into),
      zero: (offset, length) => store.zero(offset, length),
      resize: (size) => store.resize(size),
      flush: () => store.flush(),
      write: (offset, from) => {
        for (let at = 0; at < from.length; at += blockSize) {
          const block = from.subarray(at, at + blockSize);
          if (this.#mapped.has(offset + at) && isZeros(block)) continue;
          this.#mapped.delete(offset + at);
          store.write(offset + at, block);
        }
      },
    };
    this.host = {
      files: (path) => (path === 'image' ? image : this.#contents.get(path)),
      clock: CLOCK,
      mapped: (block, place, length) => {
        const content = this.#content!;
        const from = block * blockSize;
        const bytes = new Uint8Array(length * blockSize);
        content.read(from, bytes.subarray(0, content.size - from));
        store.write(place * blockSize, bytes);
        for (let index = place; index < place + length; index++) this.#mapped.add(index * blockSize);
      },
    };
    const { status, output } = runProgram(wasmModule('mke2fs'), mke2fs, this.host);
    if (status !== 0) throw new Error(output);
    this.#debugfs = new Debugfs(wasmModule('debugfs'), 'image', true, this.host);
  }

  /** Runs a command in WebAssembly and keeps it for the native debugfs; returns what was said. */
  command(...argv: ByteString[]): ByteString {
    this.#argvs.push(argv);
    this.#content = this.#contents.get(argv[1] ?? '');
    return this.#debugfs.command(argv);
  }

  /** A file to `write` from, which both see under the returned path. */
  async content(name: string, bytes: Uint8Array): Promise<ByteString> {
    const path = join(this.#folder, name);
    await writeFile(path, bytes);
    this.#contents.set(path, bytesSource(name, bytes));
    return path;
  }

  /** Ends both; returns the first offset where they differ, -1 when they are the same bytes. */
  async difference(): Promise<number> {
    this.command('ssv', 'kbytes_written', '0');
    this.#debugfs.close();
    await this.#replay();
    const native = await open(this.image);
    try {
      let at = 0;
      for (const [piece, length] of piecesOf(this.store)) {
        const { buffer } = await native.read(Buffer.alloc(length), 0, length, at);
        const ours = piece ?? new Uint8Array(length);
        if (buffer.compare(ours) !== 0) return at + buffer.findIndex((byte, i) => byte !== ours[i]);
        at += length;
      }
      return -1;
    } finally {
      await native.close();
    }
  }

  /** debugfs reads a file of lines; a command with a line's end in it can only be given as an argument. */
  async #replay(): Promise<void> {
    let lines = '';
    const flush = async () => {
      const commands = join(this.#folder, 'commands');
      await writeFile(commands, toBytes(lines));
      if (lines !== '') await this.#native('-f', commands);
      lines = '';
    };
    for (const argv of this.#argvs) {
      const line = argv.map((argument) => `"${argument.replaceAll('"', '""')}"`).join(' ');
      if (/[\r\n]/.test(line)) {
        await flush();
        await this.#native('-R', line);
      } else lines += `${line}\n`;
    }
    await flush();
  }

  async #native(...args: string[]): Promise<void> {
    await run('faketime', [...FAKETIME, 'debugfs', '-w', ...args, this.image], { env: environment });
  }
}

/** Bytes that repeat nowhere soon. */
export function noise(length: number, seed: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = seed + 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** All that a name can hold and a line of commands, too. */
export const everyByte = byteString(Uint8Array.from({ length: 255 }, (_, i) => i + 1)).replace(/[/\r\n]/g, '');
