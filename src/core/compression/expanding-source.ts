/**
 * What is in a compressed archive, where there is no room to keep it: expanded again whenever it is read. Front to back
 * that is once; whoever goes back goes on from the milestone before, not from the start.
 */
import { Refusal } from '../errors.ts';
import type { CompiledModule } from '../module.ts';
import type { Source } from '../storage/index.ts';
import { Expansion, type Milestone } from './expansion.ts';

/** Bytes that are kept or forgotten as one. */
const CHUNK = 2 ** 16;
/** Chunks kept: 64 MiB. */
const MOST_CHUNKS = 1024;
/** Chunks that one piece of a codec's can fill beside those that are wanted. */
const BESIDE = 2 ** 4 + 1;
/** Expanded bytes between two milestones, at first. */
const APART = 32 * 2 ** 20;
/** Bytes of all milestones' memory: 100 of gzip, a dozen of zstd. When there are more, every other is forgotten. */
const MOST_STATES = 64 * 2 ** 20;

/** What making such a source takes beside the compressed one. */
export interface Expanding {
  /** Bytes of what is in it, which were counted before. */
  readonly size: number;
  readonly codecs: CompiledModule;
}

/** What is in a compressed archive, read by expanding it again from the nearest place before. */
export class ExpandingSource implements Source {
  readonly name: string;
  readonly compressed: Source;
  readonly expanding: Expanding;
  /** Half of what is kept: contents in an order of their own are fetched many at once, and each fills chunks. */
  readonly fetches = { bytes: (MOST_CHUNKS / 2) * CHUNK, grain: CHUNK };
  /** By index, the least recently used first. */
  readonly #chunks = new Map<number, Uint8Array>();
  /** In their order. */
  #milestones: Milestone[] = [];
  #apart = APART;
  #expansion: Expansion;
  /** The chunk that is being filled, and how far; `undefined` until one begins. */
  #partial: { readonly index: number; readonly bytes: Uint8Array; filled: number } | undefined;
  /** Fulfilled when nothing is being fetched. */
  #idle: Promise<unknown> = Promise.resolve();

  constructor(compressed: Source, expanding: Expanding) {
    this.name = compressed.name;
    this.compressed = compressed;
    this.expanding = expanding;
    this.#expansion = new Expansion(compressed, expanding.codecs);
  }

  get size(): number {
    return this.expanding.size;
  }

  read(offset: number, into: Uint8Array): void {
    for (let done = 0; done < into.length; ) {
      const at = offset + done;
      const index = Math.floor(at / CHUNK);
      while (!this.#has(index)) this.#advance(index);
      const from = at - index * CHUNK;
      const piece = this.#chunks.get(index)!.subarray(from, from + into.length - done);
      into.set(piece, done);
      done += piece.length;
    }
  }

  async prefetch(start: number, end: number): Promise<void> {
    const first = Math.floor(start / CHUNK);
    const last = Math.min(Math.ceil(end / CHUNK), first + MOST_CHUNKS - BESIDE);
    const turn = this.#idle.then(async () => {
      for (let index = first; index < last; index++) {
        while (!this.#has(index)) {
          this.#goTo(index);
          await this.#expansion.prefetch();
          this.#advance(index);
        }
      }
    });
    this.#idle = turn.catch(() => {});
    await turn;
  }

  /** Whether a chunk is there; it then is the most recently used. */
  #has(index: number): boolean {
    const chunk = this.#chunks.get(index);
    if (!chunk) return false;
    this.#chunks.delete(index);
    this.#chunks.set(index, chunk);
    return true;
  }

  /** Where the bytes begin that the next piece goes on with. */
  get #from(): number {
    return this.#partial ? this.#partial.index * CHUNK : this.#expansion.made;
  }

  /** Makes sure that a chunk is still to come, and not far off. */
  #goTo(index: number): void {
    const target = index * CHUNK;
    const milestone = this.#milestones.findLast(({ made }) => made <= target);
    const isBehind = this.#from > target;
    if (!isBehind && (milestone?.made ?? 0) <= this.#expansion.made) return;
    this.#expansion = new Expansion(this.compressed, this.expanding.codecs, milestone);
    this.#partial = undefined;
  }

  /** Expands a piece. Chunks before the one that is wanted are not kept. */
  #advance(wanted: number): void {
    this.#goTo(wanted);
    if (this.#partial && this.#partial.index < wanted) this.#partial = undefined;
    let at = this.#expansion.made;
    const piece = this.#expansion.next();
    if (!piece || at + piece.length > this.size) {
      throw new Refusal('source-unreadable', { name: this.name, why: 'it was changed meanwhile' });
    }
    for (let done = 0; done < piece.length; ) {
      const index = Math.floor(at / CHUNK);
      const length = Math.min((index + 1) * CHUNK - at, piece.length - done);
      if (index >= wanted) this.#fill(index, at - index * CHUNK, piece.subarray(done, done + length));
      at += length;
      done += length;
    }
    if (piece.length === 0) this.#mark();
  }

  #fill(index: number, from: number, bytes: Uint8Array): void {
    if (from === 0) {
      const length = Math.min(CHUNK, this.size - index * CHUNK);
      this.#partial = { index, bytes: new Uint8Array(length), filled: 0 };
    }
    const partial = this.#partial;
    // What is left of a chunk that began before a milestone.
    if (partial?.index !== index || partial.filled !== from) return;
    partial.bytes.set(bytes, from);
    partial.filled += bytes.length;
    if (partial.filled < partial.bytes.length) return;
    this.#partial = undefined;
    this.#chunks.set(index, partial.bytes);
    for (const oldest of this.#chunks.keys()) {
      if (this.#chunks.size <= MOST_CHUNKS) break;
      this.#chunks.delete(oldest);
    }
  }

  /** Sets a milestone where there is none near. */
  #mark(): void {
    const { made } = this.#expansion;
    if (made < this.#apart || this.#milestones.some((other) => Math.abs(other.made - made) < this.#apart)) return;
    const milestone = this.#expansion.milestone();
    if (!milestone) return;
    this.#milestones.push(milestone);
    this.#milestones.sort((a, b) => a.made - b.made);
    while (this.#milestones.length * milestone.state.memory.length > MOST_STATES) {
      this.#milestones = this.#milestones.filter((_, index) => index % 2);
      this.#apart *= 2;
    }
  }
}
