/** Archives → what is inside, for people: store paths with their sizes, and what is wrong. */
import { indexArchives } from './archive/index.ts';
import type { BuildHost, BuildInput } from './index.ts';
import { readClosure, storePathOf } from './nix/index.ts';

export interface Inspection {
  /** Largest first. */
  readonly storePaths: readonly {
    readonly path: string;
    readonly entries: number;
    /** Bytes of its files' contents. */
    readonly bytes: number;
    readonly references: readonly string[];
  }[];
  readonly entries: number;
  readonly contentBytes: number;
  readonly warnings: readonly string[];
}

export async function inspectArchives(
  { archives, manifests }: Pick<BuildInput, 'archives' | 'manifests'>,
  host: Pick<BuildHost, 'progress'>,
): Promise<Inspection> {
  const total = archives.reduce((sum, { size }) => sum + size, 0);
  const tree = await indexArchives(archives, (done, entries) =>
    host.progress({ phase: 'index', done, total, entries }),
  );
  const closure = readClosure(tree, manifests);
  const sizes = new Map(closure.paths.map(({ path }) => [path, { entries: 0, bytes: 0 }]));
  let contentBytes = 0;
  for (const { path, inode } of tree.nodes) {
    const bytes = inode.type === 'file' ? inode.size : 0;
    contentBytes += bytes;
    const size = sizes.get(storePathOf(path) ?? '');
    if (!size) continue;
    size.entries++;
    size.bytes += bytes;
  }
  const storePaths = closure.paths.map(({ path, references }) => ({ path, references, ...sizes.get(path)! }));
  storePaths.sort((a, b) => b.bytes - a.bytes || (a.path < b.path ? -1 : 1));
  return { storePaths, entries: tree.nodes.length, contentBytes, warnings: [...tree.warnings, ...closure.warnings] };
}
