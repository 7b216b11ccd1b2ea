/** Random trees as plain data: what an archive is written from and what its image is held against. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { Facts, Listing } from '../oracles/listing.ts';
import { noise } from '../wasm/twins.ts';

/** One inode. Mode and owner are the archive's; the image's follow from where it lies. */
export type Inode = Directory | File | Symlink;
interface Owned {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}
export interface Directory extends Owned {
  readonly type: 'directory';
}
export interface File extends Owned {
  readonly type: 'file';
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where bytes other than zero may stand, in order: `[offset, length]`. */
  readonly data: readonly (readonly [number, number])[];
}
export interface Symlink extends Owned {
  readonly type: 'symlink';
  readonly target: string;
}

/** Path → inode, parents first. Names of one inode are hard links. */
export type Model = ReadonlyMap<string, Inode>;

const STORE = 'nix/store';
const isInStore = (path: string) => path.startsWith(`${STORE}/`);

/** What a directory is made as when the archive leaves it out. */
export const parentMode = (path: string) => (isInStore(path) ? 0o555 : 0o755);

/** PATH_MAX, less room for the mount point that the image is listed below. */
const MOST_PATH = 4000;
/** Taken for manifests, or already in every image. */
const ROOT_NAMES = /^(closure-.*|nix-path-registration|lost\+found|nix)$/s;

const BLOCK = 4096;
/** Around tar's blocks, ext4's, the inode's extents (4), an extent block's (340), and a MiB. */
const SIZES = [0, 1, 511, 512, 513, 1024, BLOCK, 2 * BLOCK, 12 * BLOCK, 2 ** 16, 2 ** 20];

const byte = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...'abcXYZ019._- ') },
  { weight: 1, arbitrary: fc.constantFrom(...'<>"\'\\`$!#*?|&;\n\r\t\x01\x7f\x80\xc3\xbc\xff') },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)) },
);
const text = (maxLength: number) => fc.string({ unit: byte, minLength: 1, maxLength });
const name = fc
  .oneof(
    { weight: 6, arbitrary: text(12) },
    { weight: 1, arbitrary: text(255) },
    { weight: 1, arbitrary: fc.constantFrom(99, 100, 101, 155, 156, 254, 255).map((length) => 'n'.repeat(length)) },
    { weight: 1, arbitrary: fc.constantFrom('<2>', '<12>', '...', '-', '--', '""', '~', 'PaxHeader', '@LongLink') },
  )
  .map((made) => made.replaceAll('/', '_'))
  .filter((made) => made !== '.' && made !== '..');
const target = fc.oneof(
  { weight: 4, arbitrary: text(40) },
  { weight: 1, arbitrary: fc.constantFrom(59, 60, 61, 99, 100, 101, 1023, 4094, 4095).map((n) => 't'.repeat(n)) },
);

const near = (size: number) => fc.integer({ min: -1, max: 1 }).map((by) => Math.max(0, size + by));
const size = fc.oneof(
  { weight: 3, arbitrary: fc.nat(300) },
  { weight: 3, arbitrary: fc.constantFrom(...SIZES).chain(near) },
  { weight: 1, arbitrary: fc.nat(200_000) },
);
/** Data before, at and behind a hole's borders: `[blocks, bytes beyond them, bytes of data]` from the last data on. */
const gap = fc.tuple(fc.nat(40), fc.constantFrom(0, 0, 1, 511, 512, 4095), fc.constantFrom(1, 512, BLOCK, BLOCK + 1));

const content = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(size, fc.nat(255)).map(([length, seed]) => whole(noise(length, seed))) },
  { weight: 1, arbitrary: size.map((length) => whole(new Uint8Array(length))) },
  { weight: 2, arbitrary: fc.tuple(fc.array(gap, { maxLength: 8 }), fc.nat(9000)).map((made) => sparse(...made)) },
  { weight: 1, arbitrary: fc.constantFrom(4, 5, 340, 341).map((count) => sparse(comb(count), 17)) },
);

const whole = (bytes: Uint8Array<ArrayBuffer>) => ({ bytes, data: bytes.length ? [[0, bytes.length] as const] : [] });
/** Every second block holds data: an extent each. */
const comb = (count: number) => Array.from({ length: count }, () => [1, 0, BLOCK] as const);

function sparse(gaps: readonly (readonly [number, number, number])[], tail: number) {
  const data: [number, number][] = [];
  let at = 0;
  for (const [blocks, beyond, length] of gaps) {
    at += blocks * BLOCK + beyond;
    data.push([at, length]);
    at += length;
  }
  const bytes = new Uint8Array(at + tail);
  for (const [from, length] of data) bytes.set(noise(length, from), from);
  return { bytes, data };
}

const owner = fc.record({
  uid: fc.constantFrom(0, 1, 1000, 65535, 65536, 2_097_151, 2_097_152, 2 ** 32 - 2),
  gid: fc.constantFrom(0, 1, 100, 65535, 65536, 2_097_152, 2 ** 32 - 2),
});
const mode = (usual: number) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.nat(0o7777) });

/** A step of growth: what to add, below which directory (counted round), or as another name of which inode. */
const step = fc.record({
  below: fc.nat(1000),
  name,
  owner,
  what: fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({ type: fc.constant('file' as const), mode: mode(0o444), content }),
    },
    { weight: 4, arbitrary: fc.record({ type: fc.constant('directory' as const), mode: mode(0o555) }) },
    { weight: 3, arbitrary: fc.record({ type: fc.constant('symlink' as const), target }) },
    { weight: 3, arbitrary: fc.record({ type: fc.constant('link' as const), to: fc.nat(1000) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('deep' as const), levels: fc.nat(60) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('wide' as const), count: fc.nat(300) }) },
  ),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const storeName = fc
  .tuple(fc.string({ unit: fc.constantFrom(...'0123456789abcdfghijklmnpqrsvwxyz'), minLength: 32, maxLength: 32 }))
  .map(([hash]) => `${hash}-name`);

/** Trees with one store path at least. */
export const model: fc.Arbitrary<Model> = fc
  .tuple(fc.array(storeName, { minLength: 1, maxLength: 3 }), fc.array(step, { maxLength: 30 }))
  .map(([roots, steps]) => grow(roots, steps));

const ROOT: Owned = { mode: 0o755, uid: 0, gid: 0 };

function grow(roots: readonly string[], steps: readonly Step[]): Model {
  const tree = new Map<string, Inode>([
    ['nix', { type: 'directory', ...ROOT }],
    [STORE, { type: 'directory', ...ROOT }],
  ]);
  for (const root of roots) tree.set(`${STORE}/${root}`, { type: 'directory', ...ROOT, mode: 0o555 });
  // Store paths stand in here more often than what is beside the store.
  const directories = [...roots, ...roots].map((root) => `${STORE}/${root}`).concat('');
  const add = (below: string, name: string, inode: Inode): string | undefined => {
    const path = below ? `${below}/${name}` : name;
    if (path.length > MOST_PATH || tree.has(path) || (below === '' && ROOT_NAMES.test(name))) return undefined;
    tree.set(path, inode);
    if (inode.type === 'directory') directories.push(path);
    return path;
  };
  for (const { below, name, owner, what } of steps) {
    const parent = directories[below % directories.length]!;
    switch (what.type) {
      case 'file':
        add(parent, name, { type: 'file', mode: what.mode, ...owner, ...what.content });
        break;
      case 'directory':
        add(parent, name, { type: 'directory', mode: what.mode, ...owner });
        break;
      case 'symlink':
        add(parent, name, { type: 'symlink', mode: 0o777, ...owner, target: what.target });
        break;
      case 'link': {
        // The owner of a name depends on the side of the store's border that it lies on.
        const others = [...tree].filter(
          ([path, { type }]) => type !== 'directory' && isInStore(path) === isInStore(`${parent}/`),
        );
        const other = others[what.to % Math.max(1, others.length)];
        if (other) add(parent, name, other[1]);
        break;
      }
      case 'deep': {
        let at: string | undefined = parent;
        for (let level = 0; level < what.levels && at !== undefined; level++)
          at = add(at, name, { type: 'directory', ...ROOT, mode: 0o555 });
        break;
      }
      case 'wide':
        for (let index = 0; index < what.count; index++)
          add(parent, `${name.slice(0, 250)}${index}`, { type: 'symlink', ...ROOT, mode: 0o777, target: `${index}` });
    }
  }
  return tree;
}

/** The names of each inode that is no directory, in the model's order. */
export function namesOf(tree: Model): Map<Inode, string[]> {
  const names = new Map<Inode, string[]>();
  for (const [path, inode] of tree) names.set(inode, [...(names.get(inode) ?? []), path]);
  return names;
}

/** What a mounted image of the tree lists, by the default profile. */
export function expectedListing(tree: Model, links: 'keep' | 'copy'): Listing {
  const listing = new Map<string, Facts>();
  const names = namesOf(tree);
  for (const [path, inode] of tree) {
    const isFile = inode.type === 'file';
    const first = walkOrder(names.get(inode)!)[0];
    listing.set(path, {
      type: inode.type,
      mode: inode.mode.toString(8),
      uid: isInStore(path) ? 0 : inode.uid,
      gid: isInStore(path) ? 30000 : inode.gid,
      size: isFile ? inode.bytes.length : inode.type === 'symlink' ? inode.target.length : undefined,
      sha256: isFile ? createHash('sha256').update(inode.bytes).digest('hex') : undefined,
      target: inode.type === 'symlink' ? inode.target : undefined,
      sameAs: inode.type === 'directory' || links === 'copy' || first === path ? undefined : first,
      times: [1, 1, 1, 1],
    });
  }
  return listing;
}

/** As a listing walks: by name in each directory, so `a/b` comes before `a!`. */
function walkOrder(paths: readonly string[]): string[] {
  const key = (path: string) => path.replaceAll('/', '\0');
  return [...paths].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
