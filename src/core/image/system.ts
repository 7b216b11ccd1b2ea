/**
 * The system calls of a program inside WebAssembly: those of WASI that e2fsprogs makes, and the imports of
 * wasm/host.c for what WASI lacks. wasm/README.md has the table.
 */
import type { ByteString } from '../bytes.ts';
import type { CompiledModule } from '../module.ts';
import { type Files, type Mapped, type OpenFile, readAt, writeAt, zeroAt } from './files.ts';
import { type Memory, stringsSize } from './memory.ts';
import type { Output } from './output.ts';

/** Error numbers of WASI (`__wasi_errno_t`), which are also emscripten's `errno`. */
const OK = 0;
const EBADF = 8;
const EINVAL = 28;
const ENOSYS = 52;
const ENXIO = 60;
const EROFS = 69;

const SEEK_END = 2;
const SEEK_DATA = 3;
const SEEK_HOLE = 4;
const FILETYPE_REGULAR = 4;

/** What the calls of one program act on. */
export interface System {
  readonly args: readonly ByteString[];
  readonly files: Files;
  readonly output: Output;
  readonly memory: Memory;
  /** Seconds since 1970. */
  readonly clock: number;
  readonly mapped?: Mapped | undefined;
}

/** Thrown by the call that ends a program, through its frames. */
export class Exit {
  readonly status: number;
  constructor(status: number) {
    this.status = status;
  }
}

/** Thrown by the call in which debugfs waits for commands: its frames stay below those of the commands. */
export class Listening {}

type Call = (...args: never[]) => unknown;

/** Everything that a module imports. What this system doesn't have fails with ENOSYS, as unknown system calls do. */
export function systemCalls(module: CompiledModule, system: System): Record<string, Record<string, Call>> {
  const known: Record<string, Record<string, Call>> = {
    wasi_snapshot_preview1: wasi(system),
    storeimg: storeimg(system),
  };
  const imports: Record<string, Record<string, Call>> = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    imports[from] ??= {};
    imports[from][name] = known[from]?.[name] ?? (() => -ENOSYS);
  }
  return imports;
}

function wasi({ args, files, output, memory, clock }: System) {
  /** Calls `piece` for each part of an I/O vector until one comes short; returns the sum of what it returned. */
  const vector = (iovs: number, count: number, piece: (part: Uint8Array, done: number) => number): number => {
    let done = 0;
    for (let word = iovs >>> 2; word < (iovs >>> 2) + 2 * count; word += 2) {
      const start = memory.words[word]!;
      const length = memory.words[word + 1]!;
      const got = piece(memory.bytes.subarray(start, start + length), done);
      done += got;
      if (got < length) break;
    }
    return done;
  };

  const read = (fd: number, iovs: number, count: number, offset: number, result: number): number => {
    const open = files.get(fd);
    if (!open) return EBADF;
    memory.words[result >>> 2] = vector(iovs, count, (part, done) => readAt(open.file, offset + done, part));
    return OK;
  };

  const write = (fd: number, iovs: number, count: number, offset: number, result: number): number => {
    const store = files.store(fd);
    if (!store) return files.get(fd) ? EROFS : EBADF;
    memory.words[result >>> 2] = vector(iovs, count, (part, done) => {
      writeAt(store, offset + done, part);
      return part.length;
    });
    return OK;
  };

  return {
    args_sizes_get(count: number, size: number): number {
      memory.words[count >>> 2] = args.length;
      memory.words[size >>> 2] = stringsSize(args).strings;
      return OK;
    },
    args_get(pointers: number, strings: number): number {
      memory.setStrings(pointers, strings, args);
      return OK;
    },
    environ_sizes_get(count: number, size: number): number {
      memory.words[count >>> 2] = 0;
      memory.words[size >>> 2] = 0;
      return OK;
    },
    environ_get(): number {
      return OK;
    },
    clock_time_get(_clock: number, _precision: bigint, result: number): number {
      // Nanoseconds: beyond 2^53, so by parts.
      const nanoseconds = BigInt(clock) * 1_000_000_000n;
      memory.words[result >>> 2] = Number(nanoseconds & 0xffffffffn);
      memory.words[(result >>> 2) + 1] = Number(nanoseconds >> 32n);
      return OK;
    },
    proc_exit(status: number): never {
      throw new Exit(status);
    },
    fd_close(fd: number): number {
      files.close(fd);
      return OK;
    },
    fd_sync(fd: number): number {
      files.store(fd)?.flush();
      return OK;
    },
    /** Asked by `isatty`, which looks at the file type alone: nothing is a terminal. */
    fd_fdstat_get(_fd: number, result: number): number {
      memory.bytes.fill(0, result, result + 24);
      memory.bytes[result] = FILETYPE_REGULAR;
      return OK;
    },
    fd_seek(fd: number, offset: bigint, whence: number, result: number): number {
      const open = files.get(fd);
      if (!open) return EBADF;
      const target = seek(open, Number(offset), whence);
      if (target === undefined) return whence === SEEK_DATA ? ENXIO : EINVAL;
      open.at = target;
      memory.setLong(result, open.at);
      return OK;
    },
    fd_read(fd: number, iovs: number, count: number, result: number): number {
      const open = files.get(fd);
      const error = read(fd, iovs, count, open?.at ?? 0, result);
      if (open && error === OK) open.at += memory.words[result >>> 2]!;
      return error;
    },
    fd_write(fd: number, iovs: number, count: number, result: number): number {
      if (fd === 1 || fd === 2) {
        memory.words[result >>> 2] = vector(iovs, count, (part) => output.append(part));
        return OK;
      }
      const open = files.get(fd);
      const error = write(fd, iovs, count, open?.at ?? 0, result);
      if (open && error === OK) open.at += memory.words[result >>> 2]!;
      return error;
    },
    fd_pread(fd: number, iovs: number, count: number, offset: bigint, result: number): number {
      return read(fd, iovs, count, Number(offset), result);
    },
    fd_pwrite(fd: number, iovs: number, count: number, offset: bigint, result: number): number {
      return write(fd, iovs, count, Number(offset), result);
    },
  };
}

/** Where `lseek` goes; `undefined` where it can't. A file that knows no holes is data to its end. */
function seek({ file, at }: OpenFile, offset: number, whence: number): number | undefined {
  if (whence > SEEK_END && offset >= file.size) return undefined;
  if (whence === SEEK_DATA) return 'nextData' in file && file.nextData ? file.nextData(offset) : offset;
  if (whence === SEEK_HOLE) return 'nextHole' in file && file.nextHole ? file.nextHole(offset) : file.size;
  const target = [0, at, file.size][whence]! + offset;
  return target < 0 ? undefined : target;
}

function storeimg({ files, memory, mapped }: System) {
  return {
    open: (path: number): number => files.open(memory.string(path)),
    size: (fd: number): number => files.get(fd)?.file.size ?? 0,
    resize: (fd: number, size: number): void => files.store(fd)?.resize(size),
    zero(fd: number, offset: number, length: number): void {
      const store = files.store(fd);
      if (store) zeroAt(store, offset, length);
    },
    content: (block: number, place: number, length: number): void => mapped?.(block, place, length),
    listen(): never {
      throw new Listening();
    },
  };
}
