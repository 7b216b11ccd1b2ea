/**
 * Our programs on a machine's files: what the engine's system answers by storage, they do here as well. Added is what
 * images are made without: an environment, standard input, two outputs, and files that programs make or remove.
 */
import { closeSync, constants, existsSync, openSync, readSync, statSync, unlinkSync } from 'node:fs';
import { resolve } from 'node:path';
import { byteString } from '../../src/core/bytes.ts';
import { Files } from '../../src/core/image/files.ts';
import { Memory, stringsSize } from '../../src/core/image/memory.ts';
import { Output } from '../../src/core/image/output.ts';
import { Exit, Listening, systemCalls } from '../../src/core/image/system.ts';
import type { ProgramName } from '../../src/core/index.ts';
import type { Source } from '../../src/core/storage/index.ts';
import { wasmModule } from '../wasm/twins.ts';
import { HostFile } from './host-files.ts';

/** A call of a program, strings with one character a byte. */
export interface Call {
  readonly program: ProgramName;
  readonly folder: string;
  /** From `argv[0]` on. */
  readonly args: readonly string[];
  /** As `NAME=value`. */
  readonly environment: readonly string[];
  /** A path to read standard input from. */
  readonly input: string;
}

/** What was said on standard output (1) and standard error (2), in order. */
export type Said = { readonly stream: number; readonly bytes: Uint8Array }[];

/** Linux' flags, as emscripten has them. */
const O_CREAT = 0o100;
const O_EXCL = 0o200;
const O_TRUNC = 0o1000;

const OK = 0;
const ENOENT = 44;
const ENOTTY = 59;

/** What a test has debugfs read blocks from. */
const ZEROS: Source = { name: '/dev/zero', size: 2 ** 40, read: (_offset, into) => void into.fill(0) };

interface Exports {
  readonly memory: WebAssembly.Memory;
  _start(): never;
  command_room(size: number): number;
  command_run(argv: number, maps: number): void;
}

export function callProgram(call: Call): { status: number; said: Said } {
  const said: Said = [];
  const opened: HostFile[] = [];
  const memory = new Memory(() => exports.memory);
  const input = new Input(call.input);
  const path = (pointer: number) => resolve(call.folder, memory.string(pointer));

  const files = new Files((name) => {
    if (name === ZEROS.name) return ZEROS;
    const path = resolve(call.folder, name);
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return { name, size: 0, read() {} };
    const file = hostFile(path, constants.O_RDWR);
    if (file) opened.push(file);
    return file;
  });
  const system = { args: call.args, files, output: new Output(), memory, clock: Math.floor(Date.now() / 1000) };
  const imports = systemCalls(wasmModule(call.program), system);
  const wasi = imports.wasi_snapshot_preview1!;
  const { fd_write, fd_read } = wasi as unknown as Record<string, (...args: number[]) => number>;

  Object.assign(wasi, {
    environ_sizes_get(count: number, size: number): number {
      memory.words[count >>> 2] = call.environment.length;
      memory.words[size >>> 2] = stringsSize(call.environment).strings;
      return OK;
    },
    environ_get(pointers: number, strings: number): number {
      memory.setStrings(pointers, strings, call.environment);
      return OK;
    },
    fd_write(fd: number, iovs: number, count: number, result: number): number {
      const status = fd_write!(fd, iovs, count, result);
      const text = system.output.take();
      if (text !== '') said.push({ stream: fd, bytes: Buffer.from(text, 'latin1') });
      return status;
    },
    fd_read(fd: number, iovs: number, count: number, result: number): number {
      if (fd !== 0) return fd_read!(fd, iovs, count, result);
      let done = 0;
      for (let i = 0; i < count && done === 0; i++) {
        const [start, length] = memory.words.subarray((iovs >>> 2) + 2 * i);
        done = input.read(memory.bytes.subarray(start, start! + length!));
      }
      memory.words[result >>> 2] = done;
      return OK;
    },
  });
  const open = imports.storeimg!.open as unknown as (path: number) => number;
  Object.assign(imports.storeimg!, {
    open(pointer: number, flags: number): number {
      if (flags & O_CREAT && (flags & O_TRUNC || !existsSync(path(pointer)))) {
        const exclusive = flags & O_EXCL ? constants.O_EXCL : 0;
        const made = hostFile(path(pointer), constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC | exclusive);
        if (!made) return -1;
        made.close();
      }
      return open(pointer);
    },
  });
  Object.assign(imports.env!, {
    __syscall_unlink(pointer: number): number {
      if (!existsSync(path(pointer))) return -ENOENT;
      unlinkSync(path(pointer));
      return OK;
    },
    __syscall_ioctl: () => -ENOTTY,
  });

  const exports = new WebAssembly.Instance(wasmModule(call.program), imports).exports as unknown as Exports;
  try {
    return { status: enter(exports, memory, input, (bytes) => said.push({ stream: 1, bytes })), said };
  } finally {
    for (const file of opened) file.close();
    input.close();
  }
}

function hostFile(path: string, flags: number): HostFile | undefined {
  try {
    return new HostFile(path, flags);
  } catch {
    return undefined;
  }
}

/** Runs `main`; when that is debugfs waiting for commands, those of standard input, as libss' listener does. */
function enter(exports: Exports, memory: Memory, input: Input, say: (bytes: Uint8Array) => void): number {
  try {
    exports._start();
  } catch (thrown) {
    if (thrown instanceof Exit) return thrown.status;
    if (!(thrown instanceof Listening)) throw thrown;
  }
  const command = (argv: readonly string[]) => {
    const { pointers, strings } = stringsSize(argv);
    const room = exports.command_room(pointers + strings);
    memory.setStrings(room, room + pointers, argv);
    exports.command_run(room, 0);
  };
  for (;;) {
    say(Buffer.from('debugfs:  '));
    const line = input.line();
    if (line === undefined || /^\s*(quit|q)\s*$/.test(line)) break;
    const argv = words(line);
    if (argv.length > 0) command(argv);
  }
  command(['close']);
  return 0;
}

/** A line's words: quotes keep blanks, and a quote doubled within them is one. */
function words(line: string): string[] {
  return Array.from(line.matchAll(/(?:"(?:[^"]|"")*"|[^\s"])+/g), ([word]) =>
    word.replace(/"((?:[^"]|"")*)"/g, (_, quoted: string) => quoted.replaceAll('""', '"')),
  );
}

/** Standard input, opened when it is first read. */
class Input {
  readonly #path: string;
  #descriptor: number | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Returns how many bytes there were; 0 at the end. */
  read(into: Uint8Array): number {
    this.#descriptor ??= openSync(this.#path, 'r');
    return readSync(this.#descriptor, into, 0, into.length, null);
  }

  line(): string | undefined {
    const byte = new Uint8Array(1);
    let line = '';
    while (this.read(byte) === 1) {
      if (byte[0] === 0x0a) return line;
      line += byteString(byte, 0, 1);
    }
    return line === '' ? undefined : line;
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
  }
}
