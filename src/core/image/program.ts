/** Runs e2fsprogs' programs, compiled to WebAssembly, against the two storage contracts. */
import type { ByteString } from '../bytes.ts';
import type { BlockStore, Source } from '../storage/index.ts';

/** What a program sees under a path: the image (read and write), a source (read only), or nothing. */
export type FileTable = (path: ByteString) => BlockStore | Source | undefined;

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

/** Runs a program's `main` to its end. `args` are those after the program's name; options come before the device. */
export declare function runProgram(
  module: WebAssembly.Module,
  args: readonly ByteString[],
  host: ProgramHost,
): ProgramRun;

/** One debugfs that stays open on an image and takes one command after another. */
export declare class Debugfs {
  /** @throws Refusal `program-said` when the image can't be opened. */
  constructor(module: WebAssembly.Module, image: ByteString, writable: boolean, host: ProgramHost);
  /** Runs one command given as an argument vector, nothing parsed; returns all that it said ('' when nothing). */
  command(argv: readonly ByteString[]): ByteString;
  /** Closes the filesystem, which writes bitmaps and superblocks; returns all that was said. */
  close(): ByteString;
}
