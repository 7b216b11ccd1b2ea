/** Store paths. Source: Nix, src/libstore/path.cc. */
import type { ByteString } from '../bytes.ts';

/** The only store directory there is for an image that NixOS boots. */
export const STORE = '/nix/store';

/** 32 characters of nix-base32 (no e, o, u, t), a dash, 1 to 211 of the name's characters. */
const BASE_NAME = /^[0-9abcdfghijklmnpqrsvwxyz]{32}-[0-9A-Za-z+\-._?=]{1,211}$/;
/** Names `.` and `..`, also before a dash, would be other directories. */
const DOTS = /^\.{1,2}(-|$)/;

/** Whether `name` is a store path's last part: `<hash>-<name>`. */
export function isStoreBaseName(name: ByteString): boolean {
  return BASE_NAME.test(name) && !DOTS.test(name.slice(33));
}

/** The name in an absolute store path, without its hash. */
export const storePathName = (path: ByteString): ByteString => path.slice(STORE.length + 1 + 33);

/** Whether `path` is an absolute store path: `/nix/store/<hash>-<name>`. */
export function isStorePath(path: ByteString): boolean {
  return path.startsWith(`${STORE}/`) && isStoreBaseName(path.slice(STORE.length + 1));
}

/** The absolute store path that a path inside the image belongs to, if any. */
export function storePathOf(path: ByteString): ByteString | undefined {
  if (!path.startsWith('nix/store/')) return undefined;
  const end = path.indexOf('/', 10);
  return `/${end < 0 ? path : path.slice(0, end)}`;
}
