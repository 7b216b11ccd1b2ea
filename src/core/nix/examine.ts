/**
 * Cross-examination: what the contents say against what the manifests say, and what is registered in the end.
 */
import type { Node, Tree } from '../archive/index.ts';
import type { ByteString } from '../bytes.ts';
import type { Options } from '../options.ts';
import type { PathAnalysis } from './analysis.ts';
import type { Closure, StorePath } from './closure.ts';
import { findCircles } from './cycles.ts';
import { ERRORS, WARNINGS } from './findings.ts';
import type { PathInfo } from './manifest.ts';
import { findOddModes } from './modes.ts';
import { entriesOf, type Standing } from './places.ts';
import { HASH_LENGTH } from './references.ts';
import { STORE } from './store-path.ts';

/** One path's line in Nix' database. */
export interface Registered {
  readonly path: ByteString;
  /** SHA-256 of the NAR and its bytes; `undefined` when zeros are registered. */
  readonly nar: { readonly hash: Uint8Array; readonly size: number } | undefined;
  readonly deriver: ByteString;
  /** Sorted by bytes; may contain the path itself. */
  readonly references: readonly ByteString[];
}

export interface Findings {
  /** One for each path that something is wrong with. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  /** References to paths that the archive lacks. */
  readonly missingReferences: readonly ByteString[];
  /** Paths that contents mention and the archive lacks, by the store path that does. */
  readonly mentions: readonly Mention[];
  /** Sorted by path, every reference among them. */
  readonly registered: readonly Registered[];
}

/** A path's analysis, and whose contents its steps are. */
export interface AnalysedPath {
  readonly analysis: PathAnalysis;
  readonly contents: readonly Node[];
  /** What a derivation says that it refers to, where no manifest does. */
  readonly derived: readonly ByteString[] | undefined;
}

export type Analysed = ReadonlyMap<ByteString, AnalysedPath>;

type Choices = Pick<Options, 'allowMissing' | 'registration' | 'profile'>;

/** The hash in a store path. */
export const hashPart = (path: ByteString) => path.slice(STORE.length + 1, STORE.length + 1 + HASH_LENGTH);

/** The hash parts that references are searched for: those of the archive's paths. */
export const hashParts = (closure: Closure): Set<ByteString> =>
  new Set(closure.paths.map(({ path }) => hashPart(path)));

/** @param analysed by store path; `undefined` where contents are not read, or not yet */
export function examine(
  { tree, closure }: { readonly tree: Tree; readonly closure: Closure },
  analysed: Analysed | undefined,
  options: Choices,
): Findings {
  const present = new Set(closure.paths.map(({ path }) => path));
  const absent = new Set(closure.absent.map(({ path }) => path));
  const scanned = scannedReferences(closure, analysed);
  const registered = closure.paths.map((storePath) => register(storePath, analysed, scanned, present, options));

  const referrers = referrersOfMissing(closure, present);
  const neither = [...referrers].filter(([path]) => !absent.has(path));
  const contradictions = closure.paths.flatMap((storePath) => contradictionOf(storePath, analysed) ?? []);
  const errors = [
    contradictions.length > 0 ? tree.unended.map(ERRORS.unended) : [],
    closure.malformed.map(ERRORS.malformedName),
    closure.absent.map(ERRORS.absentPath),
    contradictions,
    options.allowMissing ? [] : neither.map(([path, by]) => ERRORS.missingReference(path, by)),
    options.registration === 'none' ? [] : circles(registered, closure),
  ];
  const known = new Set([...referrers.keys()].map(hashPart));
  const found = analysed ? mentionsIn(closure, analysed, known) : [];
  const warnings = [
    analysed && contradictions.length === 0 ? tree.unended.map(WARNINGS.unended) : [],
    closure.damaged.map(WARNINGS.damagedManifest),
    closure.beside.length > 0 ? [WARNINGS.besideStorePaths(closure.beside)] : [],
    options.allowMissing ? byReferrer(neither).map(([path, lacked]) => WARNINGS.missingReference(path, lacked)) : [],
    unnamed(closure, options),
    options.registration === 'none' ? [] : unlisted(closure, scanned),
    found.length > 0 ? sayMentions(found, tree.nodes) : [],
    findOddModes(tree.nodes, closure.consumed).map(WARNINGS.oddModes),
  ];
  // Long lists are folded where they are shown: what there is little of comes first.
  warnings.sort((a, b) => a.length - b.length);
  return {
    errors: errors.flat(),
    warnings: warnings.flat(),
    missingReferences: [...referrers.keys()],
    mentions: found.map(({ mention }) => mention),
    registered,
  };
}

/** Whether manifests know the NAR hash of every store path: they can prove that none was cut off. */
export const isProvable = ({ paths }: Closure): boolean =>
  paths.every(({ claims }) => claims.some(({ narHash }) => narHash));

/** What the contents of each path refer to, among the archive's paths. */
function scannedReferences(closure: Closure, analysed: Analysed | undefined): Map<ByteString, ByteString[]> {
  const byHash = new Map(closure.paths.map(({ path }) => [hashPart(path), path]));
  const found = new Map<ByteString, ByteString[]>();
  for (const [path, { analysis }] of analysed ?? [])
    found.set(
      path,
      Array.from(analysis.found.keys(), (hash) => byHash.get(hash)!),
    );
  return found;
}

function register(
  { path, info }: StorePath,
  analysed: Analysed | undefined,
  scanned: ReadonlyMap<ByteString, readonly ByteString[]>,
  present: ReadonlySet<ByteString>,
  { registration, profile }: Choices,
): Registered {
  const found = analysed?.get(path);
  const references = info?.references ?? found?.derived ?? scanned.get(path) ?? [];
  const isOriginal = registration === 'zero' && profile === 'original';
  return {
    path,
    nar: registration === 'full' && found ? { hash: found.analysis.narHash, size: found.analysis.narSize } : undefined,
    deriver: !isOriginal && info?.deriver.endsWith('.drv') ? info.deriver : '',
    references: [...new Set(references)].filter((reference) => present.has(reference)).sort(),
  };
}

/** Paths that manifests refer to and the archive lacks → who refers to them. */
function referrersOfMissing({ paths }: Closure, present: ReadonlySet<ByteString>): Map<ByteString, ByteString[]> {
  const referrers = new Map<ByteString, ByteString[]>();
  for (const { path, info } of paths) {
    for (const reference of new Set(info?.references)) {
      if (present.has(reference)) continue;
      const others = referrers.get(reference);
      if (others) others.push(path);
      else referrers.set(reference, [path]);
    }
  }
  return referrers;
}

/** The same, by who refers to them: one line a store path. */
function byReferrer(referrers: readonly (readonly [path: ByteString, by: readonly ByteString[]])[]) {
  const lacked = new Map<ByteString, ByteString[]>();
  for (const [path, by] of referrers)
    for (const referrer of by) {
      const others = lacked.get(referrer);
      if (others) others.push(path);
      else lacked.set(referrer, [path]);
    }
  return [...lacked];
}

/** What manifests know of a path's NAR and its contents deny. Sizes first: another size is another hash, too. */
function contradictionOf({ path, claims }: StorePath, analysed: Analysed | undefined): string | undefined {
  const analysis = analysed?.get(path)?.analysis;
  if (!analysis || claims.length === 0) return undefined;
  const { narHash, narSize } = analysis;
  const hash = narHash.join();
  const hasOtherSize = (claim: PathInfo) => claim.narSize !== undefined && claim.narSize !== narSize;
  const hasOtherHash = (claim: PathInfo) => claim.narHash !== undefined && claim.narHash.join() !== hash;
  const isKnownRight = claims.some((claim) => claim.narHash && !hasOtherHash(claim) && !hasOtherSize(claim));
  for (const [isWrong, sentence] of [
    [hasOtherSize, ERRORS.otherSize],
    [hasOtherHash, ERRORS.otherHash],
  ] as const) {
    const [first, ...more] = claims.filter(isWrong);
    if (first) return sentence({ path, narHash, narSize, wrong: [first, ...more], isKnownRight });
  }
  return undefined;
}

function circles(registered: readonly Registered[], closure: Closure): string[] {
  const named = new Set(closure.paths.filter(({ info }) => info).map(({ path }) => path));
  const found = findCircles(new Map(registered.map(({ path, references }) => [path, references])));
  return found.map((circle) =>
    ERRORS.circle(
      circle,
      circle.way.every((path) => named.has(path)),
    ),
  );
}

function unnamed({ hasManifest, paths }: Closure, { registration, profile }: Choices): string[] {
  if (!hasManifest) return [];
  const fate = profile === 'original' ? 'original' : registration === 'none' ? 'none' : 'registered';
  return paths.flatMap(({ path, info }) => (info ? [] : WARNINGS.unnamedPath(path, fate)));
}

/** References that contents have and their manifest lacks; a derivation also names its outputs. */
function unlisted({ paths }: Closure, scanned: ReadonlyMap<ByteString, readonly ByteString[]>): string[] {
  return paths.flatMap(({ path, info }) => {
    if (!info || path.endsWith('.drv')) return [];
    const listed = new Set(info.references);
    const more = (scanned.get(path) ?? []).filter((reference) => !listed.has(reference));
    return more.length ? WARNINGS.unlistedReference(path, more, info.from) : [];
  });
}

/** A store path, and the hash parts of paths that its contents mention and the archive lacks. */
export interface Mention {
  readonly path: ByteString;
  readonly hashes: readonly [ByteString, ...ByteString[]];
}

/** A mention, and where its first hash stands. */
interface Found {
  readonly mention: Mention;
  readonly first: Standing;
}

/**
 * Full store paths that stand in contents and are not in the archive.
 * @param known the hash parts of those that are spoken of elsewhere
 */
function mentionsIn({ paths }: Closure, analysed: Analysed, known: ReadonlySet<ByteString>): Found[] {
  return paths.flatMap(({ path, info, root }) => {
    if (info && path.endsWith('.drv')) return [];
    const { analysis, contents, derived } = analysed.get(path)!;
    const hashes = derived ? derived.map(hashPart) : [...analysis.foreign.keys()];
    const [hash, ...more] = hashes.filter((hash) => !known.has(hash) && !analysis.found.has(hash));
    if (hash === undefined) return [];
    const place = derived ? 0 : analysis.foreign.get(hash);
    const first = { storePath: path, hash, place, contents: derived ? [root] : contents };
    return { mention: { path, hashes: [hash, ...more] }, first };
  });
}

/** One line a store path, with the first of what it mentions. */
function sayMentions(found: readonly Found[], nodes: readonly Node[]): string[] {
  const places = entriesOf(
    found.map(({ first }) => first),
    nodes,
  );
  return found.map(({ mention }, index) => WARNINGS.mention(mention, places[index]?.path));
}
