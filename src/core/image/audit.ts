/** The finished image, read back through debugfs and held against what was to go into it. */
import { contentOf, type Entry, fetchedBatches } from '../archive/index.ts';
import { type ByteString, display, toBytes } from '../bytes.ts';
import { Refusal } from '../errors.ts';
import { REGISTRATION } from '../nix/index.ts';
import type { Item, Plan } from '../plan/index.ts';
import { type BlockStore, bytesSource, type Source } from '../storage/index.ts';
import { Debugfs } from './program.ts';
import { IMAGE } from './programs.ts';

/** What was read back and found to be right. */
export interface AuditVerdict {
  readonly files: number;
  readonly bytes: number;
  readonly links: number;
  readonly directories: number;
}

/** Where `dump` is told to write. */
const READ_BACK = 'read-back';

/**
 * @param registration what `nix-path-registration` is to hold; `undefined` for none
 * @throws Refusal `audit-failed` at the first difference
 */
export async function auditImage(
  debugfsModule: WebAssembly.Module,
  { items, options }: Plan,
  store: BlockStore,
  registration: Uint8Array | undefined,
  progress: (bytes: number, entries: number) => void,
): Promise<AuditVerdict> {
  let comparison = new Comparison(EMPTY);
  const files = (path: ByteString) => (path === IMAGE ? store : path === READ_BACK ? comparison : undefined);
  const debugfs = new Debugfs(debugfsModule, IMAGE, false, { files, clock: options.time });
  const compare = (path: ByteString, expected: Source) => {
    comparison = new Comparison(expected);
    const said = debugfs.command(['dump', `/${path}`, READ_BACK]).trim();
    const why = said === '' ? comparison.difference() : display(said);
    if (why !== undefined) throw new Refusal('audit-failed', { path, why });
  };
  const counts = { files: 0, bytes: 0, links: 0, directories: 0 };
  let done = 0;
  for await (const batch of fetchedBatches(items, fileOf)) {
    for (const item of batch) {
      const { path } = item.node;
      const status = debugfs.command(['stat', `/${path}`]);
      const why = misfit(item.linkTo ?? item, status);
      if (why !== undefined) throw new Refusal('audit-failed', { path, why });
      const file = fileOf(item);
      if (file) {
        compare(path, contentOf(file));
        counts.files++;
        counts.bytes += file.size;
      } else if (item.inode.type === 'symlink') {
        // A short target is in the inode, where `stat` shows it.
        if (!status.includes(`Fast link dest: "${item.inode.target}"`))
          compare(path, bytesSource(path, toBytes(item.inode.target)));
        counts.links++;
      } else if (item.inode.type === 'directory') counts.directories++;
    }
    done += batch.length;
    progress(counts.bytes, done);
  }
  if (registration) {
    compare(REGISTRATION, bytesSource(REGISTRATION, registration));
    counts.files++;
    counts.bytes += registration.length;
  }
  return counts;
}

/** The file whose content an item brings. */
const fileOf = ({ inode, linkTo }: Item): Entry | undefined =>
  inode.type === 'file' && !linkTo ? (inode as Entry) : undefined;

const TYPES: Readonly<Record<string, string>> = { file: 'regular', directory: 'directory', symlink: 'symlink' };

/** What `stat` says otherwise than the item. */
function misfit({ inode, mode, uid, gid }: Item, status: ByteString): string | undefined {
  const found = /Type: (\w+) +Mode: +0?([0-7]+) [\s\S]*?User: +(\d+) +Group: +(\d+)/.exec(status);
  if (!found) return display(status.trim());
  const permissions = inode.type === 'symlink' ? 0o777 : mode;
  const expected = [TYPES[inode.type], permissions.toString(8), String(uid), String(gid)];
  const actual = [found[1], Number.parseInt(found[2]!, 8).toString(8), found[3], found[4]];
  const facts = ['type', 'mode', 'owner', 'group'];
  const wrong = facts.findIndex((_, index) => actual[index] !== expected[index]);
  return wrong < 0 ? undefined : `its ${facts[wrong]} is ${actual[wrong]}, not ${expected[wrong]}`;
}

const EMPTY = bytesSource('', new Uint8Array());

/** A file that only compares: what is written to it with what is expected at that place. */
class Comparison implements BlockStore {
  size = 0;
  readonly #expected: Source;
  #differs: number | undefined;

  constructor(expected: Source) {
    this.#expected = expected;
  }

  write(offset: number, from: Uint8Array): void {
    if (this.#differs !== undefined) return;
    const within = from.subarray(0, Math.max(0, this.#expected.size - offset));
    const expected = new Uint8Array(within.length);
    if (within.length > 0) this.#expected.read(offset, expected);
    const index = within.findIndex((byte, at) => byte !== expected[at]);
    if (index >= 0) this.#differs = offset + index;
  }

  /** Where the two differ, in words; `undefined` where they don't. */
  difference(): string | undefined {
    if (this.#differs !== undefined) return `its content is another at byte ${this.#differs}`;
    return this.size === this.#expected.size ? undefined : `it has ${this.size} bytes, not ${this.#expected.size}`;
  }

  resize(size: number): void {
    this.size = size;
  }

  zero(): void {}
  flush(): void {}
  read(_offset: number, into: Uint8Array): void {
    into.fill(0);
  }
}
