/**
 * What lies in a store beside its paths, and is of no use in an image.
 * Sources: Nix, src/libstore/{gc,optimise-store,local-store,pathlocks}.cc and build/local-derivation-goal.cc.
 */
import { isAppleDouble, type Node } from '../archive/index.ts';
import type { ByteString } from '../bytes.ts';
import { isStoreBaseName } from './store-path.ts';

/** A store's directory. */
interface Shelf {
  /** Whether it has such a name. */
  has(name: ByteString): boolean;
  /** Whether a manifest says that this is a store path. */
  isNamed(name: ByteString): boolean;
}

/** The name without a suffix, where that is a store path's. */
function withoutSuffix(name: ByteString, suffix: string): ByteString | undefined {
  const path = name.endsWith(suffix) ? name.slice(0, -suffix.length) : '';
  return isStoreBaseName(path) ? path : undefined;
}

/** Each tells one kind: hard links of `--optimise`, garbage, builds that go on, locks, files of the system's. */
const KINDS: readonly ((node: Node, store: Shelf) => boolean)[] = [
  ({ name, inode }) => /^(\.links|trash|lost\+found|tmp-.*)$/.test(name) && inode.type === 'directory',
  ({ name }) => name === '.DS_Store' || name.startsWith('.tmp-link'),
  ({ name, inode }) => name.startsWith('._') && inode.type === 'file' && isAppleDouble(inode),
  ({ name, inode }) => withoutSuffix(name, '.drv.chroot') !== undefined && inode.type === 'directory',
  // What --check built once more.
  ({ name }, store) => {
    const checked = withoutSuffix(name, '.check');
    return checked !== undefined && store.has(checked) && !store.isNamed(name);
  },
  // Nix' locks are empty and can be written; “HASH-Cargo.lock” is a store path.
  ({ name, inode }, store) => {
    const locked = withoutSuffix(name, '.lock');
    if (locked === undefined || inode.type !== 'file' || inode.size > 0 || store.isNamed(name)) return false;
    return store.has(locked) || (inode.mode & 0o200) !== 0;
  },
];

export const isHousekeeping = (node: Node, store: Shelf): boolean => KINDS.some((isKind) => isKind(node, store));
