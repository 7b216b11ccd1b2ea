/** Results in words: progress while it runs, a summary at the end. */
import { basename } from 'node:path';
import {
  type BuildReport,
  type Delivery,
  type Inspection,
  type Progress,
  type System,
  displaySize as size,
  type WhyStep,
} from '../core/index.ts';

const PHASES: Readonly<Record<Progress['phase'], string>> = {
  expand: 'decompressing',
  index: 'reading the archive',
  mkfs: 'making the filesystem',
  populate: 'writing files',
  analyse: 'hashing contents',
  deliver: 'writing the image',
  check: 'checking with e2fsck',
  audit: 'reading everything back',
};

/** Writes progress to standard error: one line that changes on a terminal, a line a phase elsewhere. */
export function progressWriter(stream: NodeJS.WriteStream): { show(progress: Progress): void; end(): void } {
  let phase: Progress['phase'] | undefined;
  return {
    show(progress) {
      const { done, total, entries } = progress;
      if (stream.isTTY) {
        const share = total
          ? ` ${Math.floor((100 * Math.min(done, total)) / total)} %, ${size(done)} of ${size(total)}`
          : '';
        stream.write(`\r\x1b[K${PHASES[progress.phase]}${share}${entries ? `, ${entries} entries` : ''}`);
      } else if (progress.phase !== phase) {
        stream.write(`${PHASES[progress.phase]}\n`);
      }
      phase = progress.phase;
    },
    end() {
      if (phase && stream.isTTY) stream.write('\r\x1b[K');
    },
  };
}

export function buildSummary(
  path: string,
  { sha256, writtenBytes, writtenSha256 }: Delivery,
  { image, closure, warnings, check, audit, seconds }: BuildReport,
): string {
  const lines = [
    ...folded('warning', warnings),
    `${path}: ${size(image.bytes)}, ${closure.storePaths} store paths, ${closure.entries} entries, ${size(closure.contentBytes)} of contents`,
    ...(closure.deduplicated
      ? [`identical files: ${closure.deduplicated.files} share an inode, ${size(closure.deduplicated.bytes)} saved`]
      : []),
    `label ${image.label}, UUID ${image.uuid}`,
    `free: ${image.freeBlocks} of ${image.blocks} blocks of ${image.blockSize} bytes, ${image.freeInodes} of ${image.inodes} inodes`,
    `e2fsck: ${check ? 'clean' : 'not run'}`,
    ...(audit
      ? [
          `read back: ${audit.files} files of ${size(audit.bytes)}, ${audit.links} links, ${audit.directories} directories`,
        ]
      : []),
    ...(sha256 === undefined || writtenSha256 === sha256 ? [] : [`filesystem sha256 ${sha256}`]),
    ...(writtenBytes === image.bytes ? [] : [`written: ${size(writtenBytes)}`]),
    ...(writtenSha256 === undefined
      ? []
      : ['sha256, as sha256sum --check reads it:', `${writtenSha256}  ${basename(path)}`]),
    `${seconds.total.toFixed(1)} s (index ${seconds.index.toFixed(1)}, mkfs ${seconds.mkfs.toFixed(1)}, populate ${seconds.populate.toFixed(1)}, check ${seconds.check.toFixed(1)})`,
  ];
  return `${lines.join('\n')}\n`;
}

export function inspectionSummary(
  { storePaths, roots, systems, entries, contentBytes, errors, warnings, why }: Inspection,
  target: string | undefined,
): string {
  const lines = [
    ...storePaths.map(
      ({ path, bytes, entries: inPath, references }) =>
        `${size(bytes).padStart(11)} ${String(inPath).padStart(7)} entries ${String(references.length).padStart(4)} references  ${path}`,
    ),
    `${storePaths.length} store paths, ${entries} entries, ${size(contentBytes)} of contents`,
    ...roots.map((root) => `root: ${root}`),
    ...systems.flatMap(systemLines),
    ...(why ? ['', `why ${target}:`, ...explanation(why, roots)] : []),
    ...folded('error', errors),
    ...folded('warning', warnings),
  ];
  return `${lines.join('\n')}\n`;
}

function systemLines(system: System): string[] {
  const { label, architecture, toplevel, kernel, kernelParams, initrd, rootDevice, bootDevice, loaders } = system;
  const rows: [string, string | undefined][] = [
    ['kernel', kernel],
    ['initrd', initrd],
    ['parameters', kernelParams.join(' ')],
    ['mounts / from', rootDevice],
    ['mounts /boot from', bootDevice],
    ['specialisations', Object.keys(system.specialisations).join(', ')],
    ['systemd-boot', loaders.systemdBoot],
    ['device trees', loaders.deviceTrees],
  ];
  return [
    `system: ${label}${architecture === undefined ? '' : ` for ${architecture}`}, ${toplevel}`,
    ...rows.flatMap(([name, value]) => (value ? [`  ${name}: ${value}`] : [])),
  ];
}

function explanation(why: readonly WhyStep[], roots: readonly string[]): string[] {
  const [first] = why;
  if (!first) return ['it is a root: no other path refers to it'];
  const steps = why.map(({ from, to, file }) => `${from}\n  → ${to}${file ? ` (in ${file})` : ''}`);
  return roots.includes(first.from) ? steps : ['no root leads there, but a circle of references', ...steps];
}

/** More of a kind than anybody reads. */
const MOST_LINES = 20;

function folded(kind: 'error' | 'warning', sentences: readonly string[]): string[] {
  const shown = sentences.slice(0, MOST_LINES).map((sentence) => `${kind}: ${sentence}`);
  const left = sentences.length - shown.length;
  return left > 0 ? [...shown, `${kind}: and ${left} more; --json lists all`] : shown;
}
