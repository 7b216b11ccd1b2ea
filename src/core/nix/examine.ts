/**
 * Cross-examination: what the contents say against what the manifests say, and what is registered in the end.
 * A finding is a sentence with path and advice; errors stop a build, warnings are shown with its result.
 */
import type { Node } from '../archive/index.ts';
import { andMore, type ByteString, display } from '../bytes.ts';
import type { PathAnalysis } from './analysis.ts';
import { toBase32 } from './base32.ts';
import type { Closure, StorePath } from './closure.ts';
import { HASH_LENGTH } from './references.ts';
import { STORE } from './store-path.ts';

/** One path's line in Nix' database. */
export interface Registered {
  readonly path: ByteString;
  /** SHA-256 of the NAR and its bytes; `undefined` when contents were not read. */
  readonly nar: { readonly hash: Uint8Array; readonly size: number } | undefined;
  readonly deriver: ByteString;
  /** Sorted by bytes; may contain the path itself. */
  readonly references: readonly ByteString[];
}

export interface Findings {
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  /** References to paths that the archive lacks. */
  readonly missingReferences: readonly ByteString[];
  /** Sorted by path, every reference among them. */
  readonly registered: readonly Registered[];
}

/** A path's analysis, and whose contents its steps are. */
export interface AnalysedPath {
  readonly analysis: PathAnalysis;
  readonly contents: readonly Node[];
}

/** The hash in a store path. */
export const hashPart = (path: ByteString) => path.slice(STORE.length + 1, STORE.length + 1 + HASH_LENGTH);

/** The hash parts that references are searched for: those of the archive's paths. */
export const hashParts = (closure: Closure): Set<ByteString> =>
  new Set(closure.paths.map(({ path }) => hashPart(path)));

/**
 * @param analysed by store path; `undefined` where contents are not to be read (zero hashes)
 * @param allowMissing whether references to missing paths are left out with a warning instead of refused
 */
export function examine(
  closure: Closure,
  analysed: ReadonlyMap<ByteString, AnalysedPath> | undefined,
  allowMissing: boolean,
): Findings {
  const errors: string[] = [];
  const warnings: string[] = [];
  const present = new Set(closure.paths.map(({ path }) => path));
  const byHash = new Map(closure.paths.map(({ path }) => [hashPart(path), path]));
  const missingReferences = new Set<ByteString>();

  const registered = closure.paths.map((storePath): Registered => {
    const { path, info } = storePath;
    const found = analysed?.get(path);
    const scanned = [...(found?.analysis.found.keys() ?? [])].map((hash) => byHash.get(hash)!);
    if (found) {
      errors.push(...contradictions(storePath, found.analysis));
      warnings.push(...strangers(path, found));
    }
    for (const reference of info?.references ?? []) if (!present.has(reference)) missingReferences.add(reference);
    if (info && found) {
      const unknown = scanned.filter((reference) => !info.references.includes(reference));
      if (unknown[0])
        warnings.push(
          `${path} contains the hash of ${unknown[0]}${andMore(unknown)}, which ${info.from} does not list as a reference: registered as the manifest says.`,
        );
    }
    const references = (info?.references ?? scanned).filter((reference) => present.has(reference)).sort();
    const nar = found && { hash: found.analysis.narHash, size: found.analysis.narSize };
    const deriver = info?.deriver.endsWith('.drv') ? info.deriver : '';
    return { path, nar, deriver, references };
  });

  const missing = [...missingReferences];
  const sayMissing = `${missing[0]}${andMore(missing)} is referred to and neither in the archive nor in a manifest`;
  if (missing[0] && allowMissing) warnings.push(`${sayMissing}: the reference is left out of the registration.`);
  else if (missing[0])
    errors.push(
      `${sayMissing}: put the whole closure into the archive (nix-store -qR), or allow it with --allow-missing.`,
    );
  if (closure.hasManifest) {
    const unnamed = closure.paths.filter(({ info }) => !info).map(({ path }) => path);
    if (unnamed[0])
      warnings.push(
        `${unnamed[0]}${andMore(unnamed)} is in the archive and in no manifest: registered from its content.`,
      );
  }
  const cycle = findCycle(registered);
  if (cycle)
    errors.push(
      `The references go in a circle: ${cycle.join(' → ')}; Nix can't register that: make the manifest again.`,
    );
  return { errors, warnings, missingReferences: missing, registered };
}

function contradictions({ path, info }: StorePath, { narHash, narSize }: PathAnalysis): string[] {
  if (info?.narSize !== undefined && info.narSize !== narSize) {
    return [
      `${path} has ${narSize} bytes as NAR, and ${info.from} says ${info.narSize}: it was changed after the manifest was made; make both again.`,
    ];
  }
  if (info?.narHash && toBase32(info.narHash) !== toBase32(narHash)) {
    return [
      `${path} has the NAR hash sha256:${toBase32(narHash)}, and ${info.from} says sha256:${toBase32(info.narHash)}: its content is damaged or changed; copy or make the archive again.`,
    ];
  }
  return [];
}

/** Full store paths that stand in a path's contents and are not in the archive: said once a path. */
function strangers(path: ByteString, { analysis, contents }: AnalysedPath): string[] {
  const [first] = analysis.foreign;
  if (!first) return [];
  const [hash, step] = first;
  const where = contents[step];
  const file = where ? ` in “${display(where.path)}”` : '';
  const more = analysis.foreign.size > 1 ? ` and ${analysis.foreign.size - 1} more` : '';
  return [
    `${path} mentions ${STORE}/${hash}-…${more}${file}, which the archive lacks: if it is needed at run time, put the whole closure into the archive (nix-store -qR).`,
  ];
}

/** A circle of references, self-references apart. */
function findCycle(registered: readonly Registered[]): ByteString[] | undefined {
  const references = new Map(registered.map((one) => [one.path, one.references]));
  const done = new Set<ByteString>();
  for (const { path: start } of registered) {
    // Depth first without recursion: chains of references can be long.
    const trail: { path: ByteString; next: number }[] = done.has(start) ? [] : [{ path: start, next: 0 }];
    const onTrail = new Set<ByteString>(trail.map(({ path }) => path));
    for (let top = trail.at(-1); top; top = trail.at(-1)) {
      const reference = references.get(top.path)?.[top.next++];
      if (reference === undefined) {
        done.add(top.path);
        onTrail.delete(top.path);
        trail.pop();
      } else if (reference !== top.path && onTrail.has(reference)) {
        const from = trail.findIndex(({ path }) => path === reference);
        return [...trail.slice(from).map(({ path }) => path), reference];
      } else if (!done.has(reference) && reference !== top.path) {
        trail.push({ path: reference, next: 0 });
        onTrail.add(reference);
      }
    }
  }
  return undefined;
}
