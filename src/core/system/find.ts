/** Which store path is a NixOS system: one that brings an `init`. */
import type { Node, Tree } from '../archive/index.ts';
import { type ByteString, display, fromText } from '../bytes.ts';
import { Refusal } from '../errors.ts';
import type { Closure } from '../nix/index.ts';
import type { Options } from '../options.ts';

/**
 * The store path that NixOS is booted from: the one given, or the only one that can be meant.
 * @throws Refusal `nixos-no-system`, `nixos-which-system`, `nixos-system`
 */
export function findSystem(tree: Tree, closure: Closure, { system }: Pick<Options, 'system'>): ByteString {
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
