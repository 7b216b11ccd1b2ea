/** Runs e2fsprogs' programs, compiled to WebAssembly, against the two storage contracts. */
import { type ByteString, display } from '../bytes.ts';
import { Refusal } from '../errors.ts';
import type { CompiledModule } from '../module.ts';
import { Files, type FileTable, type Mapped } from './files.ts';
import { Memory, stringsSize } from './memory.ts';
import { Output } from './output.ts';
import { Exit, Listening, systemCalls } from './system.ts';

export type { FileTable } from './files.ts';

/** Where a program runs. */
export interface ProgramHost {
  readonly files: FileTable;
  /** The clock's one time: seconds since 1970. It stands still. */
  readonly clock: number;
  /** debugfs' `write` has mapped blocks: `length` of them, from `block` of the file, lie from `place` of the image on. */
  readonly mapped?: Mapped | undefined;
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
  /** debugfs: runs the command of an `argv`; 1 where contents are not written but told of. */
  command_run(argv: number, maps: number): void;
}

/** What stands for every program's name, `argv[0]`: the host of a module doesn't tell. */
const NAME = 'e2fsprogs';

class Process {
  readonly exports: Exports;
  readonly memory = new Memory(() => this.exports.memory);
  readonly output = new Output();

  constructor(module: CompiledModule, args: readonly ByteString[], { files, clock, mapped }: ProgramHost) {
    const { memory, output } = this;
    const system = { args: [NAME, ...args], files: new Files(files), output, memory, clock, mapped };
    this.exports = new WebAssembly.Instance(module, systemCalls(module, system)).exports as unknown as Exports;
  }

  /** Runs until the program ends, which is its status, or listens for commands. */
  enter(run: () => void): number | undefined {
    try {
      run();
    } catch (thrown) {
      if (thrown instanceof Exit) return thrown.status;
      if (!(thrown instanceof Listening)) throw thrown;
    }
    return undefined;
  }
}

/**
 * Runs a program's `main` to its end. `args` are those after the program's name; options come before the device.
 * What the storage throws goes through.
 */
export function runProgram(module: CompiledModule, args: readonly ByteString[], host: ProgramHost): ProgramRun {
  const process = new Process(module, args, host);
  const status = process.enter(() => process.exports._start());
  return { status: status!, output: process.output.take() };
}

/** The line that debugfs greets with: its name and version. */
const GREETING = /^debugfs [^\n]*\n/;

/** One debugfs that stays open on an image and takes one command after another. */
export class Debugfs {
  readonly #process: Process;
  /** Where commands are put, and how many bytes fit. */
  #room = 0;
  /** Whether the host takes contents as blocks. */
  readonly #maps: number;
  #roomSize = 0;

  /** @throws Refusal `program-said` when the image can't be opened. */
  constructor(module: CompiledModule, image: ByteString, writable: boolean, host: ProgramHost) {
    this.#maps = host.mapped ? 1 : 0;
    this.#process = new Process(module, writable ? ['-w', image] : [image], host);
    this.#enter(() => this.#process.exports._start());
    const said = this.#process.output.take().replace(GREETING, '');
    if (said !== '') throw new Refusal('program-said', { program: 'debugfs', command: 'open', output: display(said) });
  }

  /** Runs one command given as an argument vector, nothing parsed; returns all that it said ('' when nothing). */
  command(argv: readonly ByteString[]): ByteString {
    const { exports, memory, output } = this.#process;
    const { pointers, strings } = stringsSize(argv);
    if (pointers + strings > this.#roomSize) {
      this.#roomSize = Math.max(2 * (pointers + strings), 4096);
      this.#room = exports.command_room(this.#roomSize);
    }
    memory.setStrings(this.#room, this.#room + pointers, argv);
    this.#enter(() => exports.command_run(this.#room, this.#maps));
    return output.take();
  }

  /** Closes the filesystem, which writes bitmaps and superblocks; returns all that was said. */
  close(): ByteString {
    return this.command(['close']);
  }

  /** @throws Refusal `program-failed` when debugfs ends by itself. */
  #enter(run: () => void): void {
    const status = this.#process.enter(run);
    if (status === undefined) return;
    const output = display(this.#process.output.take());
    throw new Refusal('program-failed', { program: 'debugfs', status, output });
  }
}
