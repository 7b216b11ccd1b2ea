/** Archives → what is inside, for people: store paths with sizes and references, and what is wrong. */
import type { Node, Size } from '../archive/index.ts';
import { isRefusal } from '../errors.ts';
import {
  type Analysed,
  examine,
  findStorePath,
  type Mention,
  rootsOf,
  toBase32,
  type WhyStep,
  whyDepends,
} from '../nix/index.ts';
import type { Options } from '../options.ts';
import { findSystems, readSystem, type System } from '../system/index.ts';
import type { Indexed } from './index-input.ts';

/** A store path, as `storeimg inspect --json` has it. */
export interface InspectedPath {
  readonly path: string;
  readonly entries: number;
  /** Bytes of its files' contents. */
  readonly bytes: number;
  readonly narSize: number;
  /** `sha256:` and nix-base32. */
  readonly narHash: string;
  readonly references: readonly string[];
}

/** What `storeimg inspect --json` prints. */
export interface Inspection {
  /** Largest first. */
  readonly storePaths: readonly InspectedPath[];
  /** The paths that no other path refers to. */
  readonly roots: readonly string[];
  readonly entries: number;
  readonly contentBytes: number;
  /** The NixOS systems that could be booted, and how each of them boots. */
  readonly systems: readonly System[];
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  /** What store paths' contents mention and the archive lacks: hash parts. */
  readonly mentions: readonly Mention[];
  /** With `why`: a shortest way from a root to the path; none for a root. One from a circle where no root leads there. */
  readonly why?: readonly WhyStep[];
}

/** @throws Refusal `why-unknown` */
export async function inspect(
  indexed: Indexed,
  analysed: Analysed,
  sizes: ReadonlyMap<Node | undefined, Size>,
  options: Options,
  why?: string,
): Promise<Inspection> {
  const { tree, closure } = indexed;
  const target = why === undefined ? undefined : findStorePath(why, closure);
  const { errors, warnings, mentions, registered } = examine(indexed, analysed, options);
  const rootOf = new Map(closure.paths.map(({ path, root }) => [path, root]));
  const storePaths = registered.map(({ path, references }) => {
    const { narSize, narHash } = analysed.get(path)!.analysis;
    return {
      path,
      ...sizes.get(rootOf.get(path))!,
      narSize,
      narHash: `sha256:${toBase32(narHash)}`,
      references,
    };
  });
  storePaths.sort((a, b) => b.bytes - a.bytes || (a.path < b.path ? -1 : 1));
  const broken: string[] = [];
  const systems: System[] = [];
  for (const path of findSystems(tree, closure)) {
    await readSystem(tree, path).then(
      (system) => systems.push(system),
      (error) => {
        if (!isRefusal(error, 'system-bootspec')) throw error;
        broken.push(error.message);
      },
    );
  }
  return {
    storePaths,
    roots: rootsOf(registered),
    entries: tree.nodes.length,
    contentBytes: sizes.get(undefined)!.bytes,
    errors,
    systems,
    warnings: [...tree.warnings, ...warnings, ...broken],
    mentions,
    ...(target !== undefined && { why: whyDepends(target, registered, analysed, tree.nodes) }),
  };
}
