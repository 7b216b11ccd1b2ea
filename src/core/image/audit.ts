/** The finished image, read back through debugfs and held against what was to go into it. */
import { contentOf, type Entry, fetchedBatches, type Xattr } from '../archive/index.ts';
import { type ByteString, display, toBytes } from '../bytes.ts';
import { Refusal } from '../errors.ts';
import type { CompiledModule } from '../module.ts';
import { REGISTRATION } from '../nix/index.ts';
import { type Item, type Plan, placeXattrs } from '../plan/index.ts';
import { type BlockStore, bytesSource, isZeros, type Source } from '../storage/index.ts';
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
 * @throws Refusal `audit-failed` at the first difference
 */
export async function auditImage(
  debugfsModule: CompiledModule,
  { items, options, blockSize, registration }: Plan,
  store: BlockStore,
  progress: (bytes: number, entries: number) => void,
): Promise<AuditVerdict> {
  let comparison = new Comparison(EMPTY);
  const files = (path: ByteString) => (path === IMAGE ? store : path === READ_BACK ? comparison : undefined);
  const debugfs = new Debugfs(debugfsModule, IMAGE, false, { files, clock: options.time });
  const readBack = (command: readonly ByteString[], expected: Source): string | undefined => {
    comparison = new Comparison(expected);
    const said = debugfs.command(command).trim();
    return said === '' ? comparison.difference() : display(said);
  };
  const compare = (path: ByteString, expected: Source) => {
    const why = readBack(['dump', `/${path}`, READ_BACK], expected);
    if (why !== undefined) throw new Refusal('audit-failed', { path, why });
  };
  const compareXattrs = (path: ByteString, expected: readonly Xattr[], status: ByteString) => {
    const count = countXattrs(status);
    if (count !== expected.length)
      throw new Refusal('audit-failed', { path, why: `it has ${count} extended attributes, not ${expected.length}` });
    for (const [name, value] of expected) {
      const command = ['ea_get', '-f', READ_BACK, `/${path}`, name];
      const why = readBack(command, bytesSource(name, toBytes(asReadBack(name, value))));
      if (why !== undefined)
        throw new Refusal('audit-failed', { path, why: `its extended attribute ${display(name)}: ${why}` });
    }
  };
  const counts = { files: 0, bytes: 0, links: 0, directories: 0 };
  let done = 0;
  for await (const batch of fetchedBatches(items, fileOf)) {
    for (const item of batch) {
      const { path } = item.node;
      const status = debugfs.command(['stat', `/${path}`]);
      const why = misfit(item.linkTo ?? item, status);
      if (why !== undefined) throw new Refusal('audit-failed', { path, why });
      if (!item.linkTo) compareXattrs(path, placeXattrs(item.inode, blockSize, options).held, status);
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
  const found = /Type: (\w+) +Mode: +0?([0-7]+) [\s\S]*?User: +(-?\d+) +Group: +(-?\d+)/.exec(status);
  if (!found) return display(status.trim());
  const permissions = inode.type === 'symlink' ? 0o777 : mode;
  const expected = [TYPES[inode.type], permissions.toString(8), String(uid), String(gid)];
  // debugfs prints owners as signed numbers.
  const owners = [found[3], found[4]].map((id) => String(Number(id) >>> 0));
  const actual = [found[1], Number.parseInt(found[2]!, 8).toString(8), ...owners];
  const facts = ['type', 'mode', 'owner', 'group'];
  const wrong = facts.findIndex((_, index) => actual[index] !== expected[index]);
  return wrong < 0 ? undefined : `its ${facts[wrong]} is ${actual[wrong]}, not ${expected[wrong]}`;
}

/** Tags of an ACL's entries that name a user or group by number. */
const NAMED_TAGS = new Set(['\x02', '\x08']);

/** An ACL's other entries get the number 0 (`convert_disk_buffer_to_posix_acl` in lib/ext2fs/ext_attr.c). */
function asReadBack(name: ByteString, value: ByteString): ByteString {
  if (!name.startsWith('system.posix_acl_')) return value;
  const entries = value
    .slice(4)
    .replace(/(.{4}).{4}/gs, (entry, fields: ByteString) => (NAMED_TAGS.has(entry[0]!) ? entry : `${fields}\0\0\0\0`));
  return value.slice(0, 4) + entries;
}

/** `stat` has a line for each. What comes behind a link's target is the target's own. */
function countXattrs(status: ByteString): number {
  const [facts] = status.split('Fast link dest: ', 1) as [ByteString];
  const [, lines = ''] = /^Extended attributes:\n((?: {2}.*\n)*)/m.exec(facts) ?? [];
  return lines.split('\n').length - 1;
}

const EMPTY = bytesSource('', new Uint8Array());

/** Whether a source has anything but a hole in a range. */
function hasData({ nextData }: Source, from: number, to: number): boolean {
  const next = nextData ? nextData(from) : from;
  return next !== undefined && next < to;
}

/** A file that only compares: what is written to it with what is expected at that place. */
class Comparison implements BlockStore {
  size = 0;
  readonly #expected: Source;
  #buffer = new Uint8Array();
  #differs: number | undefined;

  constructor(expected: Source) {
    this.#expected = expected;
  }

  write(offset: number, from: Uint8Array): void {
    if (this.#differs !== undefined) return;
    const within = from.subarray(0, Math.max(0, this.#expected.size - offset));
    // A hole may be endless: its zeros are looked at, not made.
    const isHole = within.length > 0 && !hasData(this.#expected, offset, offset + within.length);
    if (isHole && isZeros(within)) return;
    if (this.#buffer.length < within.length) this.#buffer = new Uint8Array(within.length);
    const expected = this.#buffer.subarray(0, within.length);
    if (within.length > 0) this.#expected.read(offset, expected);
    for (let at = 0; at < within.length; at++) {
      if (within[at] === expected[at]) continue;
      this.#differs = offset + at;
      return;
    }
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
