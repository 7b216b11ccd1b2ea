/** Archives → tree. In: sources. Out: every name the image will hold, with where its content lies. */
import { Refusal } from '../errors.ts';
import type { Source } from '../storage/index.ts';
import type { NamedEntry } from './entry.ts';
import { type MacNote, withoutMacOs } from './macos.ts';
import { type EndNote, readTar } from './tar.ts';
import { type Tree, TreeBuilder } from './tree.ts';

export { findTwins, type Twins } from './twins.ts';
export type { Xattr } from './xattrs.ts';

/** What is odd in an archive, and did not keep it from being read. */
export type ArchiveNote = EndNote | MacNote;

/** Reads the entries of one archive, in its order. */
export type ReadArchive = (source: Source, note: (note: ArchiveNote) => void) => AsyncIterable<NamedEntry>;

/** A tar's entries, but for what macOS adds. */
const readStoreTar: ReadArchive = (source, note) => withoutMacOs(readTar(source, note), note);

export { contentOf, fetchedBatches, piecesOf, readContent } from './content.ts';
export { CELL, dataBlocks, sourceRanges, type ZeroCells } from './data-blocks.ts';
export type { Entry, NamedEntry } from './entry.ts';
export { isAppleDouble } from './macos.ts';
export { type Size, sizesOf } from './sizes.ts';
export { type EndNote, readTar } from './tar.ts';
export { buildTree, type Children, findNode, type MissingParent, Node, type Tree } from './tree.ts';

/**
 * Indexes archives, later ones over earlier ones.
 * @param progress called for every entry with the bytes passed and entries seen so far
 * @param readerOf how an archive that is no tar is read
 */
export async function indexArchives(
  archives: readonly Source[],
  progress: (bytes: number, entries: number) => void,
  readerOf: (source: Source) => ReadArchive | undefined = () => undefined,
): Promise<Tree> {
  if (archives.length === 0) throw new Refusal('archive-missing', {});
  const tree = new TreeBuilder();
  let entries = 0;
  let before = 0;
  for (const archive of archives) {
    for await (const entry of (readerOf(archive) ?? readStoreTar)(archive, (note) => tree.addNote(note))) {
      tree.add(entry);
      progress(before + entry.inode.offset + entry.inode.size, ++entries);
    }
    before += archive.size;
  }
  return tree.finish();
}
