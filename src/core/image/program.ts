/** Runs e2fsprogs' programs, compiled to WebAssembly, against the two storage contracts. */
import { type ByteString, display } from '../bytes.ts';
import { Refusal } from '../errors.ts';
import { Files, type FileTable } from './files.ts';
import { Memory, stringsSize } from './memory.ts';
import { Output } from './output.ts';
import { Exit, Listening, systemCalls } from './system.ts';

export type { FileTable } from './files.ts';

/** Where a program runs. */
export interface ProgramHost {
  readonly files: FileTable;
  /** The clock's one time: seconds since 1970. It stands still. */
  readonly clock: number;
}

/** What a program did: `main`'s return or `exit`'s argument, and all that it wrote to stdout and stderr, in order. */
export interface ProgramRun {
  readonly status: number;
  readonly output: ByteString;
}

/** The functions that wasm/ exports; pointers are numbers. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  /** Runs `main`; returns only by throwing. */
  _start(): never;
  /** debugfs: room of so many bytes for a command; the room before is given back. */
  command_room(size: number): number;
  /** debugfs: runs the command of an `argv`. */
  command_run(argv: number): void;
}

function instantiate(module: WebAssembly.Module, args: readonly ByteString[], host: ProgramHost) {
  const output = new Output();
  const system = {
    args,
    output,
    files: new Files(host.files),
    clock: host.clock,
    get memory() {
      return memory;
    },
  };
  const { exports } = new WebAssembly.Instance(module, systemCalls(module, system)) as unknown as { exports: Exports };
  const memory = new Memory(exports.memory);
  return { exports, memory, output };
}
