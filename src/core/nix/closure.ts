/** Manifests and tree → closure: which store paths there are, and what is known of each before contents are read. */
import { contentOf, findNode, type Node, type Tree } from '../archive/index.ts';
import { type ByteString, display } from '../bytes.ts';
import { isRefusal, Refusal } from '../errors.ts';
import { readStart } from '../storage/index.ts';
import { isHousekeeping } from './housekeeping.ts';
import {
  beginsLikeManifest,
  looksLikeManifest,
  type ManifestFile,
  merge,
  type PathInfo,
  parseManifest,
} from './manifest.ts';
import { isStoreBaseName, STORE, storePathOf } from './store-path.ts';

/** A store path of the archive. */
export interface StorePath {
  readonly path: ByteString;
  /** Its node in the tree. */
  readonly root: Node;
  /** What the manifests say of it together, if any does; `from` is the one whose references these are. */
  readonly info: PathInfo | undefined;
  /** What each manifest says of it that knows its NAR's hash or size. */
  readonly claims: readonly PathInfo[];
}

/** A file of the root that begins like a manifest and can't be read as one. */
export interface DamagedManifest {
  readonly name: ByteString;
  /** A sentence. */
  readonly why: string;
}

export interface Closure {
  /** Sorted by bytes. */
  readonly paths: readonly StorePath[];
  /** Whether there is any manifest. */
  readonly hasManifest: boolean;
  /** What is left out of the image, with all below it: manifests that were read, and what a store has beside its paths. */
  readonly consumed: ReadonlySet<Node>;
  /** The latter's paths. */
  readonly beside: readonly ByteString[];
  readonly damaged: readonly DamagedManifest[];
  /** What manifests say of paths that the archive lacks. */
  readonly absent: readonly PathInfo[];
  /** What lies in the store and is no store path. */
  readonly malformed: readonly ByteString[];
}

/** A manifest in the archive is read whole; the largest real ones have some MiB. */
const MOST_MANIFEST = 256 * 2 ** 20;

/** The file that first boot loads into Nix' database; in an archive it is a manifest like any other. */
export const REGISTRATION = 'nix-path-registration';

/**
 * Merges the manifests in the archive's root with those given, and holds them against the tree. The later record of a
 * path wins, but does not unlearn what an earlier one knew.
 * @param known what the archives themselves say of their paths: as a first manifest
 * @throws Refusal `manifest-format`, `archive-*`, `store-path-name` where no store path has a name that is one
 */
export function readClosure(tree: Tree, given: readonly ManifestFile[], known: readonly PathInfo[] = []): Closure {
  const inStore = tree.nodes.filter(({ parent }) => parent?.path === 'nix/store');
  if (!inStore.some(({ name }) => isStoreBaseName(name))) throw noStorePath(tree, inStore);
  const { manifests, consumed, damaged } = manifestsInRoot(tree);
  const infos = new Map<ByteString, PathInfo>();
  const claims = new Map<ByteString, PathInfo[]>();
  for (const info of [known, ...[...manifests, ...given].map(({ name, bytes }) => parseManifest(name, bytes))].flat()) {
    infos.set(info.path, merge(infos.get(info.path), info));
    if (!info.narHash && info.narSize === undefined) continue;
    const others = claims.get(info.path);
    if (others) others.push(info);
    else claims.set(info.path, [info]);
  }
  const { roots, beside, malformed } = storePathsOf(inStore, (path) => infos.has(path));
  const paths = Array.from(roots, ([path, root]) => ({
    path,
    root,
    info: infos.get(path),
    claims: claims.get(path) ?? [],
  }));
  paths.sort((a, b) => (a.path < b.path ? -1 : 1));
  for (const node of beside) consumed.add(node);
  return {
    paths,
    hasManifest: infos.size > 0,
    consumed,
    beside: beside.map(({ path }) => path),
    damaged,
    absent: [...infos.values()].filter(({ path }) => !roots.has(path)),
    malformed,
  };
}

/** The archives that the tree came from, for a message. */
function archiveNames(tree: Tree): string {
  return [...new Set(tree.nodes.map(({ inode }) => inode.source?.name))].filter(Boolean).join(', ') || 'The archive';
}

/** Files that say that the root is a container image's. Sources: `docker save`, OCI image layout specification. */
const CONTAINER = ['manifest.json', 'oci-layout'];

function noStorePath(tree: Tree, [malformed]: readonly Node[]): Refusal {
  if (malformed) return new Refusal('store-path-name', { path: malformed.path });
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

/** What lies in the store: its paths, what it keeps beside them, and what is neither. */
function storePathsOf(inStore: readonly Node[], isNamed: (path: ByteString) => boolean) {
  const names = new Set(inStore.map(({ name }) => name));
  const store = {
    has: (name: ByteString) => names.has(name),
    isNamed: (name: ByteString) => isNamed(`${STORE}/${name}`),
  };
  const roots = new Map<ByteString, Node>();
  const beside: Node[] = [];
  const malformed: ByteString[] = [];
  for (const node of inStore) {
    if (isHousekeeping(node, store)) beside.push(node);
    else if (isStoreBaseName(node.name)) roots.set(storePathOf(node.path)!, node);
    else malformed.push(node.path);
  }
  return { roots, beside, malformed };
}

/** Root files that are manifests: named so, or beginning like one and readable as one to the end. */
function manifestsInRoot(tree: Tree) {
  const manifests: ManifestFile[] = [];
  const consumed = new Set<Node>();
  const damaged: DamagedManifest[] = [];
  for (const node of tree.nodes) {
    const { inode } = node;
    if (node.parent || inode.type !== 'file' || inode.size > MOST_MANIFEST) continue;
    const named = node.name === REGISTRATION || node.name.startsWith('closure-');
    const content = contentOf(inode);
    if (!named && !looksLikeManifest(readStart(content, 300))) continue;
    const bytes = readStart(content);
    const name = `${inode.source.name}: ${display(node.name)}`;
    const fault = named ? undefined : faultOf(name, bytes);
    if (fault && beginsLikeManifest(bytes)) damaged.push({ name: node.name, why: fault.message });
    if (fault) continue;
    manifests.push({ name, bytes });
    consumed.add(node);
  }
  return { manifests, consumed, damaged };
}

function faultOf(name: string, bytes: Uint8Array): Refusal | undefined {
  try {
    parseManifest(name, bytes);
    return undefined;
  } catch (error) {
    if (isRefusal(error, 'manifest-format')) return error;
    throw error;
  }
}
