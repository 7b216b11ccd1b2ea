/**
 * How libext2fs fills linear directories, name by name: the blocks they have in the end, and where they grow.
 * Source: lib/ext2fs/link.c (first fit over all blocks), newdir.c and expanddir.c of e2fsprogs.
 */
import type { Node } from '../archive/index.ts';

/** A directory entry's header: inode, record length, name length, file type. */
const ENTRY_HEADER = 8;
/** With metadata_csum each directory block ends in a checksum that looks like an entry. */
const CHECKSUM_TAIL = 12;

/** Bytes that a name takes in a directory block: records are multiples of 4. */
const recordLength = (nameLength: number) => (ENTRY_HEADER + nameLength + 3) & ~3;

class Directory {
  readonly #usable: number;
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
    const block = this.#free.findIndex((free) => free >= need);
    if (block < 0) return this.#free.push(this.#usable - need) > 0;
    this.#free[block]! -= need;
    return false;
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
}
