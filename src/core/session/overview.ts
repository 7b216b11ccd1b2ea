/** What an index tells a person. */
import type { Node, Size } from '../archive/index.ts';
import { storePathName } from '../nix/index.ts';
import { findSystems } from '../system/index.ts';
import type { Indexed } from './index-input.ts';

/** What headers and manifests tell, before contents are read. */
export interface Overview {
  readonly storePaths: number;
  readonly entries: number;
  /** Bytes of files' contents. */
  readonly contentBytes: number;
  /** References among store paths that the manifests name; `undefined` without a manifest. */
  readonly references: number | undefined;
  /** Name of the store path that NixOS would be booted from, where one is meant. */
  readonly system: string | undefined;
}

/** @param sizes of every node, and of the root */
export function overviewOf({ tree, closure }: Indexed, sizes: ReadonlyMap<Node | undefined, Size>): Overview {
  const infos = closure.paths.flatMap(({ info }) => info ?? []);
  const systems = findSystems(tree, closure);
  return {
    storePaths: closure.paths.length,
    entries: tree.nodes.length,
    contentBytes: sizes.get(undefined)!.bytes,
    references: closure.hasManifest ? infos.reduce((sum, { references }) => sum + references.length, 0) : undefined,
    system: systems.length === 1 ? storePathName(systems[0]!) : undefined,
  };
}
