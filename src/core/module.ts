/** Compiled WebAssembly, as hosts hand it in. Types only. */

/** A `WebAssembly.Module`, which only the types of browsers declare. */
export interface CompiledModule {
  readonly [Symbol.toStringTag]?: string;
}

/** Those of e2fsprogs' programs that the engine runs. */
export type ProgramName = 'mke2fs' | 'debugfs' | 'e2fsck' | 'dumpe2fs';

/** Gives the compiled program of a name. */
export type LoadProgram = (name: ProgramName) => Promise<CompiledModule>;
