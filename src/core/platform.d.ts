/** What browsers and Node.js share and ECMAScript does not name: all that the engine takes from its host's globals. */

declare class TextEncoder {
  encode(text?: string): Uint8Array<ArrayBuffer>;
}

declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(bytes?: ArrayBufferView): string;
}
/** A clock that only goes forward, in milliseconds. */
declare const performance: { now(): number };

/** `subtle` only in a secure context. */
declare const crypto: {
  readonly subtle?: { digest(algorithm: 'SHA-256', message: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> };
};

/** Base64 → a byte string. */
declare function atob(text: string): string;

declare namespace WebAssembly {
  interface Module {
    readonly [Symbol.toStringTag]?: string;
  }
  interface ModuleImportDescriptor {
    module: string;
    name: string;
    kind: 'function' | 'table' | 'memory' | 'global';
  }
  interface Instance {
    readonly exports: Readonly<Record<string, unknown>>;
  }
  interface Memory {
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  interface Table {
    get(index: number): ((...args: unknown[]) => unknown) | null;
  }
  const Module: { imports(module: Module): ModuleImportDescriptor[] };
  const Instance: new (module: Module, imports: Record<string, Record<string, unknown>>) => Instance;
}

/** Ends what is under way. */
interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
}
