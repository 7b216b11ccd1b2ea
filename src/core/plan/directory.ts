/**
 * How libext2fs fills linear directories, name by name: the blocks they have in the end, and where they grow.
 * Source: lib/ext2fs/link.c (first fit over all blocks), newdir.c and expanddir.c of e2fsprogs; e2fsck/rehash.c for
 * what an index adds.
 */
import type { Node } from '../archive/index.ts';

/** A directory entry's header: inode, record length, name length, file type. */
const ENTRY_HEADER = 8;
/** With metadata_csum each directory block ends in a checksum that looks like an entry. */
const CHECKSUM_TAIL = 12;

/** Bytes that a name takes in a directory block: records are multiples of 4. */
const recordLength = (nameLength: number) => (ENTRY_HEADER + nameLength + 3) & ~3;

/** e2fsck -D leaves so much of a leaf free (rehash.c), or less than the longest record (a name of 255 bytes). */
const LEAF_SLACK = 0.2;
const LONGEST_RECORD = 264;
/** Bytes of an index entry; what the index' root and its other blocks have besides entries, at most. */
const INDEX_ENTRY = 8;
const INDEX_ROOT_HEADER = 40;
const INDEX_HEADER = 16;

class Directory {
  readonly #usable: number;
  #records = 0;
  /** Per block, what is left behind its last entry. */
  readonly #free: number[];

  constructor(usable: number, ...names: number[]) {
    this.#usable = usable;
    this.#free = [usable];
    for (const length of [1, 2, ...names]) this.add(length);
  }

  /** Adds a name; returns whether the directory had to grow by a block for it. */
  add(nameLength: number): boolean {
    const need = recordLength(nameLength);
    this.#records += need;
    const block = this.#free.findIndex((free) => free >= need);
    if (block < 0) return this.#free.push(this.#usable - need) > 0;
    this.#free[block]! -= need;
    return false;
  }

  /** Blocks that are added at most when e2fsck -D indexes the directory; one of a single block stays as it is. */
  indexGrowth(blockSize: number): number {
    if (this.#free.length === 1) return 0;
    const inLeaf = this.#usable - Math.max(LONGEST_RECORD, Math.floor(LEAF_SLACK * this.#usable));
    const leaves = Math.ceil(this.#records / inLeaf);
    const inRoot = Math.floor((blockSize - INDEX_ROOT_HEADER) / INDEX_ENTRY);
    const inIndex = Math.floor((blockSize - INDEX_HEADER) / INDEX_ENTRY);
    const indexes = 1 + (leaves > inRoot ? Math.ceil(leaves / inIndex) : 0);
    return Math.max(0, indexes + leaves - this.#free.length);
  }
}

/** All directories of an image that mke2fs has just made. */
export class DirectoryLayout {
  readonly #usable: number;
  readonly #directories = new Map<Node | undefined, Directory>();

  /** @param checksums whether the filesystem has metadata_csum */
  constructor(blockSize: number, checksums: boolean) {
    this.#usable = blockSize - (checksums ? CHECKSUM_TAIL : 0);
    this.#directories.set(undefined, new Directory(this.#usable, 'lost+found'.length));
  }

  /** Adds a name to a directory (`undefined` is the root); returns whether it had to grow by a block for it. */
  add(parent: Node | undefined, nameLength: number): boolean {
    let directory = this.#directories.get(parent);
    if (!directory) {
      directory = new Directory(this.#usable);
      this.#directories.set(parent, directory);
    }
    return directory.add(nameLength);
  }

  /** Each directory, and the blocks that an index adds to it at most. */
  *indexGrowth(blockSize: number): Generator<readonly [Node | undefined, number]> {
    for (const [node, directory] of this.#directories) yield [node, directory.indexGrowth(blockSize)];
  }
}
