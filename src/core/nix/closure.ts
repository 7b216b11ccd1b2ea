/** Manifests and tree → closure: which store paths there are, and what is known of each before contents are read. */
import { contentOf, findNode, type Node, type Tree } from '../archive/index.ts';
import { type ByteString, display } from '../bytes.ts';
import { Refusal } from '../errors.ts';
import type { ManifestFile } from '../host.ts';
import { readStart } from '../storage/index.ts';
import { looksLikeManifest, type PathInfo, parseManifest } from './manifest.ts';
import { isStoreBaseName, storePathOf } from './store-path.ts';

/** A store path of the archive. */
export interface StorePath {
  readonly path: ByteString;
  /** Its node in the tree. */
  readonly root: Node;
  /** What the manifests say of it, if any does. */
  readonly info: PathInfo | undefined;
}

export interface Closure {
  /** Sorted by bytes. */
  readonly paths: readonly StorePath[];
  /** Whether there is any manifest. */
  readonly hasManifest: boolean;
  /** The nodes that hold a manifest: read, and left out of the image. */
  readonly consumed: ReadonlySet<Node>;
}

/** A manifest in the archive is read whole; the largest real ones have some MiB. */
const MOST_MANIFEST = 256 * 2 ** 20;

/** The file that first boot loads into Nix' database; in an archive it is a manifest like any other. */
export const REGISTRATION = 'nix-path-registration';

/**
 * Merges the manifests in the archive's root with those given, and holds them against the tree. The later record of a
 * path wins, but does not unlearn a hash.
 * @param known what the archives themselves say of their paths: as a first manifest
 * @throws Refusal `manifest-*`, `store-path-name`, `archive-*`
 */
export function readClosure(tree: Tree, given: readonly ManifestFile[], known: readonly PathInfo[] = []): Closure {
  const roots = storePathsOf(tree);
  if (roots.size === 0) throw noStorePath(tree);
  const consumed = new Set<Node>();
  const manifests = [...manifestsInRoot(tree, consumed), ...given];
  const infos = new Map<ByteString, PathInfo>();
  for (const info of [known, ...manifests.map(({ name, bytes }) => parseManifest(name, bytes))].flat()) {
    const earlier = infos.get(info.path);
    const { narHash = earlier?.narHash, narSize = earlier?.narSize, deriver = earlier?.deriver ?? '' } = info;
    infos.set(info.path, { ...info, narHash, narSize, deriver });
  }
  const [missing, ...more] = [...infos.values()].filter(({ path }) => !roots.has(path));
  if (missing)
    throw new Refusal('manifest-path-missing', { path: missing.path, name: missing.from, more: more.length });
  const paths = [...roots].map(([path, root]) => ({ path, root, info: infos.get(path) }));
  paths.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { paths, hasManifest: infos.size > 0, consumed };
}

/** The archives that the tree came from, for a message. */
function archiveNames(tree: Tree): string {
  return [...new Set(tree.nodes.map(({ inode }) => inode.source?.name))].filter(Boolean).join(', ') || 'The archive';
}

/** Files that say that the root is a container image's. Sources: `docker save`, OCI image layout specification. */
const CONTAINER = ['manifest.json', 'oci-layout'];

function noStorePath(tree: Tree): Refusal {
  const facts = { name: archiveNames(tree), found: rootNames(tree) };
  const isContainer = CONTAINER.some((name) => findNode(tree, name)?.inode.type === 'file');
  if (isContainer) return new Refusal('archive-container', facts);
  const bare = tree.nodes.find(
    ({ path, name }) => isStoreBaseName(name) && (path === name || path === `store/${name}`),
  );
  if (bare) return new Refusal('archive-bare-paths', { ...facts, path: bare.path });
  return new Refusal('archive-no-store-path', facts);
}

/** What lies in the root instead of a store, for a message. */
function rootNames(tree: Tree): string {
  const names = tree.nodes.filter((node) => !node.parent).map((node) => `“${display(node.name)}”`);
  if (names.length === 0) return 'nothing';
  return names.length > 4 ? `${names.slice(0, 4).join(', ')} and ${names.length - 4} more` : names.join(', ');
}

function storePathsOf(tree: Tree): Map<ByteString, Node> {
  const roots = new Map<ByteString, Node>();
  for (const node of tree.nodes) {
    if (node.parent?.path !== 'nix/store') continue;
    if (!isStoreBaseName(node.name)) throw new Refusal('store-path-name', { path: node.path });
    roots.set(storePathOf(node.path)!, node);
  }
  return roots;
}

/** Root files that are manifests: named so, or beginning like one and readable as one to the end. */
function manifestsInRoot(tree: Tree, consumed: Set<Node>): ManifestFile[] {
  const found: ManifestFile[] = [];
  for (const node of tree.nodes) {
    const { inode } = node;
    if (node.parent || inode.type !== 'file' || inode.size > MOST_MANIFEST) continue;
    const named = node.name === REGISTRATION || node.name.startsWith('closure-');
    const content = contentOf(inode);
    if (!named && !looksLikeManifest(readStart(content, 300))) continue;
    const bytes = readStart(content);
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
