/** Manifests and tree → closure: which store paths there are and what each refers to. */
import type { Node, Tree } from '../archive/index.ts';
import { type ByteString, display } from '../bytes.ts';
import { Refusal } from '../errors.ts';
import type { ManifestFile } from '../index.ts';
import { looksLikeManifest, type PathInfo, parseManifest } from './manifest.ts';
import { isStoreBaseName, storePathOf } from './store-path.ts';

export interface Closure {
  /** By store path, sorted by bytes. */
  readonly paths: readonly PathInfo[];
  /** The paths that a manifest names. */
  readonly named: ReadonlySet<ByteString>;
  /** The nodes that hold a manifest: read, and left out of the image. */
  readonly consumed: ReadonlySet<Node>;
  readonly warnings: readonly string[];
}

/** A manifest in the archive is read whole; the largest real ones have some MiB. */
const MOST_MANIFEST = 256 * 2 ** 20;

/** The file that first boot loads into Nix' database; in an archive it is a manifest like any other. */
export const REGISTRATION = 'nix-path-registration';

/**
 * Merges the manifests given with those in the archive's root (the later record of a path wins) and holds them
 * against the tree.
 * @throws Refusal `manifest-*`, `store-path-name`, `archive-no-store-path`
 */
export function readClosure(tree: Tree, given: readonly ManifestFile[]): Closure {
  const inTree = storePathsOf(tree);
  if (inTree.size === 0)
    throw new Refusal('archive-no-store-path', { name: archiveNames(tree), found: rootNames(tree) });
  const consumed = new Set<Node>();
  const manifests = [...manifestsInRoot(tree, consumed), ...given];
  const byPath = new Map<ByteString, PathInfo>();
  for (const { name, bytes } of manifests) for (const info of parseManifest(name, bytes)) byPath.set(info.path, info);

  const missing = [...byPath.values()].filter((info) => !inTree.has(info.path));
  if (missing[0])
    throw new Refusal('manifest-path-missing', {
      path: missing[0].path,
      name: missing[0].from,
      more: missing.length - 1,
    });

  const named = new Set(byPath.keys());
  const warnings: string[] = [];
  const unnamed = [...inTree].filter((path) => !byPath.has(path));
  if (manifests.length === 0) {
    warnings.push(
      'No closure manifest was given: the registration names every store path of the archive, without references.',
    );
  } else if (unnamed[0]) {
    warnings.push(
      `No manifest names ${unnamed[0]}${unnamed[1] ? ` and ${unnamed.length - 1} more` : ''}: registered without references.`,
    );
  }
  for (const path of unnamed)
    byPath.set(path, {
      path,
      references: [],
      narHash: undefined,
      narSize: undefined,
      deriver: '',
      from: 'the archive',
    });
  const paths = [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  return { paths, named, consumed, warnings };
}

/** The archives that the tree came from, for a message. */
function archiveNames(tree: Tree): string {
  return [...new Set(tree.nodes.map(({ inode }) => inode.source?.name))].filter(Boolean).join(', ') || 'The archive';
}

/** What lies in the root instead of a store, for a message. */
function rootNames(tree: Tree): string {
  const names = tree.nodes.filter((node) => !node.parent).map((node) => `“${display(node.name)}”`);
  if (names.length === 0) return 'nothing';
  return names.length > 4 ? `${names.slice(0, 4).join(', ')} and ${names.length - 4} more` : names.join(', ');
}

function storePathsOf(tree: Tree): Set<ByteString> {
  const paths = new Set<ByteString>();
  for (const node of tree.nodes) {
    if (node.parent?.path !== 'nix/store') continue;
    if (!isStoreBaseName(node.name)) throw new Refusal('store-path-name', { path: node.path });
    paths.add(storePathOf(node.path)!);
  }
  return paths;
}

/** Root files that are manifests: named so, or beginning like one and readable as one to the end. */
function manifestsInRoot(tree: Tree, consumed: Set<Node>): ManifestFile[] {
  const found: ManifestFile[] = [];
  for (const node of tree.nodes) {
    const { inode } = node;
    if (node.parent || inode.type !== 'file' || inode.size > MOST_MANIFEST) continue;
    const named = node.name === REGISTRATION || node.name.startsWith('closure-');
    const head = new Uint8Array(Math.min(inode.size, 300));
    inode.source.read(inode.offset, head);
    if (!named && !looksLikeManifest(head)) continue;
    const bytes = new Uint8Array(inode.size);
    inode.source.read(inode.offset, bytes);
    const name = `${inode.source.name}: ${display(node.name)}`;
    if (!named && !readable(name, bytes)) continue;
    found.push({ name, bytes });
    consumed.add(node);
  }
  return found;
}

function readable(name: string, bytes: Uint8Array): boolean {
  try {
    parseManifest(name, bytes);
    return true;
  } catch {
    return false;
  }
}
