/** ext4's features: what each preset leaves out of mke2fs' defaults, and who can therefore read and write it. */
import type { Options } from '../options.ts';

interface Preset {
  /** Features of mke2fs' defaults (wasm/mke2fs.conf) that the image goes without. */
  readonly without: readonly string[];
  /** The oldest that mount, boot from or check an image; from ext4(5), and the programs' own histories. */
  readonly reads: string;
  readonly writes: string;
}

export const PRESETS: Readonly<Record<Options['features'], Preset>> = {
  classic: {
    without: ['orphan_file', 'metadata_csum_seed'],
    reads: 'Linux 3.18, e2fsprogs 1.43, GRUB 2, U-Boot 2017.02',
    writes: 'Linux 3.18, e2fsprogs 1.43',
  },
  modern: {
    without: [],
    reads: 'Linux 4.4, e2fsprogs 1.47, GRUB 2.12 (Debian 12: 2.06), U-Boot 2017.02',
    writes: 'Linux 5.15, e2fsprogs 1.47',
  },
  'u-boot': {
    without: ['orphan_file', 'metadata_csum_seed', '64bit', 'metadata_csum'],
    reads: 'Linux 2.6.28, e2fsprogs 1.42, GRUB 2, extlinux, any U-Boot with ext4',
    writes: 'Linux 2.6.28, e2fsprogs 1.42, any U-Boot with ext4',
  },
};

/** Whether metadata carries checksums; in directories they take room. */
export const hasChecksums = ({ features }: Options): boolean => !PRESETS[features].without.includes('metadata_csum');

const lacks = ({ features, journal }: Options): readonly string[] => [
  ...PRESETS[features].without,
  // Orphans are for the journal's recovery.
  ...(journal === 'none' ? ['has_journal', 'orphan_file'] : []),
];

/** mke2fs' `-O`, where anything is left out. */
export function featureArguments(options: Options): string[] {
  const without = new Set(lacks(options));
  return without.size > 0 ? ['-O', Array.from(without, (feature) => `^${feature}`).join(',')] : [];
}

/** Inodes that mke2fs uses up itself: 10 reserved ones, lost+found, and the orphan file. */
export const inodesTaken = (options: Options): number => (lacks(options).includes('orphan_file') ? 11 : 12);
