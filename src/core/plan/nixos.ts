/** `--nixos`: what NixOS' two stages of booting need besides the store, as items of the plan. */
import { Node, type Tree } from '../archive/index.ts';
import type { ByteString } from '../bytes.ts';
import { Refusal } from '../errors.ts';
import type { Closure } from '../nix/index.ts';
import type { Options } from '../options.ts';
import { findSystem } from '../system/index.ts';
import type { Item } from './contents.ts';

type Made = { readonly mode: number; readonly isOurs?: true } | { readonly target: string };

/** Path → a directory, which the archive may have in its own way unless it has to be ours, or a symbolic link. */
const layout = (system: ByteString): Readonly<Record<string, Made>> => ({
  // Mounted over or filled by stage 1 (stage-1-init.sh) and stage 2 (stage-2-init.sh).
  dev: { mode: 0o755 },
  proc: { mode: 0o755 },
  sys: { mode: 0o755 },
  run: { mode: 0o755 },
  etc: { mode: 0o755 },
  tmp: { mode: 0o1777 },
  boot: { mode: 0o755 },
  nix: { mode: 0o755 },
  // Builders make their outputs here and must not take each other's away.
  'nix/store': { mode: 0o1775, isOurs: true },
  'nix/var': { mode: 0o755 },
  'nix/var/nix': { mode: 0o755 },
  'nix/var/nix/profiles': { mode: 0o755 },
  'nix/var/nix/profiles/system-1-link': { target: system },
  'nix/var/nix/profiles/system': { target: 'system-1-link' },
  'nix/var/nix/gcroots': { mode: 0o755 },
  'nix/var/nix/gcroots/profiles': { target: '/nix/var/nix/profiles' },
  sbin: { mode: 0o755 },
  'sbin/init': { target: '/nix/var/nix/profiles/system/init' },
});

/**
 * The items, with what NixOS needs in its place or added at the end.
 * @throws Refusal `nixos-no-system`, `nixos-which-system`, `nixos-system`, `nixos-in-the-way`
 */
export function withNixos(items: readonly Item[], tree: Tree, closure: Closure, options: Options): Item[] {
  const made = new Map(items.map((item) => [item.node.path, item]));
  for (const [path, row] of Object.entries(layout(findSystem(tree, closure, options)))) {
    const there = made.get(path);
    const isLink = 'target' in row;
    if (there && !(isLink ? isLoneLink(there) : there.inode.type === 'directory'))
      throw new Refusal('nixos-in-the-way', { path, needed: isLink ? 'a symbolic link' : 'a directory' });
    if (there && !isLink && !row.isOurs && there.inode.source) continue;
    const node = there?.node ?? newNode(path, made);
    const inode = isLink ? ({ type: 'symlink', target: row.target } as const) : (there?.inode ?? DIRECTORY);
    const gid = path === 'nix/store' ? options.gid : 0;
    made.set(path, { node, inode, mode: isLink ? 0o777 : row.mode, uid: 0, gid, linkTo: undefined, links: 1 });
  }
  return [...made.values()];
}

const DIRECTORY = { type: 'directory' } as const;

/** A link that nothing else shares. */
const isLoneLink = ({ inode, links, linkTo }: Item) => inode.type === 'symlink' && links === 1 && !linkTo;

function newNode(path: string, made: ReadonlyMap<ByteString, Item>): Node {
  const slash = path.lastIndexOf('/');
  const parent = slash < 0 ? undefined : made.get(path.slice(0, slash))!.node;
  return new Node(path.slice(slash + 1), parent, DIRECTORY);
}
