/** What macOS' tar and Nix on macOS put into an archive that a NAR of the same path has not. */
import { type ByteString, byteString, display } from '../bytes.ts';
import { readStart } from '../storage/index.ts';
import { contentOf } from './content.ts';
import type { Entry, NamedEntry } from './entry.ts';

/** AppleDouble's magic number (RFC 1740, appendix B): a file's extended attributes and resources as a file of its own. */
const APPLE_DOUBLE = '\0\x05\x16\x07';

/** Whether a file's contents are AppleDouble. */
export const isAppleDouble = (file: Entry): boolean =>
  !file.segments && byteString(readStart(contentOf(file), APPLE_DOUBLE.length)) === APPLE_DOUBLE;

/** A file as macOS wrote it into the archive. */
export interface MacNote {
  readonly macos: 'apple-double' | 'case-hack';
  readonly path: ByteString;
}

/**
 * The entries of an archive as NARs of their paths have them. macOS' tar writes `._NAME` directly before NAME; a file
 * that only looks so and lies elsewhere is kept. Nix on macOS writes two names that differ in case alone as NAME and
 * NAME~nix~case~hack~1.
 * @param note told of each that was left out or renamed
 */
export async function* withoutMacOs(
  entries: AsyncIterable<NamedEntry>,
  note: (note: MacNote) => void,
): AsyncGenerator<NamedEntry> {
  /** An AppleDouble file whose NAME may follow. */
  let held: NamedEntry | undefined;
  let before = '';
  for await (const read of entries) {
    const entry = withoutCaseHack(read, note);
    if (held) {
      if (isBeside(held.path, entry.path)) note({ macos: 'apple-double', path: held.path });
      else yield held;
      held = undefined;
    }
    if (entry.inode.type === 'file' && /(^|\/)\._[^/]+$/.test(entry.path) && isAppleDouble(entry.inode)) {
      if (isBeside(entry.path, before)) note({ macos: 'apple-double', path: entry.path });
      else held = entry;
    } else {
      before = entry.path;
      yield entry;
    }
  }
  if (held) yield held;
}

/** Whether one path is `._NAME` where the other is NAME. */
function isBeside(double: ByteString, path: ByteString): boolean {
  const name = path.lastIndexOf('/') + 1;
  return double === `${path.slice(0, name)}._${path.slice(name)}`;
}

const CASE_HACK = /~nix~case~hack~[^/]*/g;

function withoutCaseHack(entry: NamedEntry, note: (note: MacNote) => void): NamedEntry {
  const { path, inode } = entry;
  // Most have none: nothing is made for them.
  if (!path.includes('~nix~case~hack~') && !inode.target.includes('~nix~case~hack~')) return entry;
  const target = inode.type === 'link' ? inode.target.replace(CASE_HACK, '') : inode.target;
  const renamed = path.replace(CASE_HACK, '');
  if (renamed !== path) note({ macos: 'case-hack', path });
  return { ...entry, path: renamed, inode: { ...inode, target } };
}

/** What is said of all of them. */
export function sayMacOs(notes: readonly MacNote[]): string[] {
  const say = (kind: MacNote['macos'], sentence: (first: string, count: number) => string) => {
    const paths = notes.filter(({ macos }) => macos === kind).map(({ path }) => path);
    return paths[0] === undefined ? [] : [sentence(display(paths[0]), paths.length)];
  };
  return [
    ...say(
      'apple-double',
      (first, count) =>
        `“${first}”${count > 1 ? ` and ${count - 1} more files were` : ' was'} left out: macOS' tar keeps extended attributes in ${count > 1 ? 'them' : 'it'} (AppleDouble), and no NAR has such a file.`,
    ),
    ...say(
      'case-hack',
      (first, count) =>
        `“${first}”${count > 1 ? ` and ${count - 1} more have their names` : ' has its name'} without “~nix~case~hack~…” in the image: Nix on macOS adds that to names that differ in case alone.`,
    ),
  ];
}
