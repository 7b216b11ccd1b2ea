/** `--nixos`: what NixOS' two stages of booting need besides the store, as items of the plan. */
import { Node, type Tree } from '../archive/index.ts';
import { type ByteString, display, fromText } from '../bytes.ts';
import { Refusal } from '../errors.ts';
import type { Closure } from '../nix/index.ts';
import type { Options } from '../options.ts';
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

/** The store path that NixOS is booted from: the one given, or the only one that can be meant. */
function findSystem(tree: Tree, closure: Closure, { system }: Options): ByteString {
  const names = () => withInit(tree, closure).map(({ path }) => display(path));
  if (system !== undefined) {
    const given = fromText(system);
    if (!withInit(tree, closure).some(({ path }) => path === given))
      throw new Refusal('nixos-system', { path: given, names: names() });
    return given;
  }
  const [found, ...others] = findSystems(tree, closure);
  if (found !== undefined && others.length === 0) return found;
  throw names().length > 0 ? new Refusal('nixos-which-system', { names: names() }) : new Refusal('nixos-no-system', {});
}

const withInit = (tree: Tree, { paths }: Closure) =>
  paths.filter(({ root }) => isProgram(tree.children.get(root)?.get('init')));

/** A link may lead to what only the booted system has. */
const isProgram = (node: Node | undefined): boolean =>
  node?.inode.type === 'symlink' || (node?.inode.type === 'file' && (node.inode.mode & 0o111) !== 0);

/** The store paths with an `init` that no other such path refers to. */
export function findSystems(tree: Tree, closure: Closure): ByteString[] {
  const candidates = withInit(tree, closure);
  // A system refers to its specialisations, by links if no manifest tells.
  const referred = new Set<ByteString>();
  for (const { path, info } of candidates) {
    for (const reference of info?.references ?? []) if (reference !== path) referred.add(reference);
    for (const { path: place, inode } of tree.nodes) {
      if (inode.type !== 'symlink' || !place.startsWith(`${path.slice(1)}/`)) continue;
      for (const { path: other } of candidates)
        if (other !== path && isAtOrBelow(inode.target, other)) referred.add(other);
    }
  }
  return candidates.map(({ path }) => path).filter((path) => !referred.has(path));
}

const isAtOrBelow = (target: ByteString, path: ByteString) => target === path || target.startsWith(`${path}/`);
