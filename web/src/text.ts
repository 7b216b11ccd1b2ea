/** Every word on the page, in one place. */
import type { Phase } from '../../src/core/index.ts';

export const text = {
  title: 'storeimg',
  tagline: 'A tarball of Nix store paths becomes an ext4 disk image, here in your browser.',
  private:
    'Nothing is uploaded: the work is done here, and your files stay on this machine. The network tab of your browser’s developer tools shows it.',
  archive: 'Store archive',
  archiveHelp: 'A tar of store paths, made with',
  archiveCommand: 'tar c $(nix-store -qR ./result) > store.tar',
  manifest: 'Closure manifest',
  manifestHelp: 'Optional: closure-*, a registration, or path-info JSON. Contents are checked against it.',
  drop: 'or drop files anywhere on this page',
  dropNow: 'Drop the archive here',
  options: 'Options',
  label: 'Volume label',
  labelHelp: 'At most 16 bytes. What root=LABEL=… finds.',
  uuid: 'UUID',
  uuidHelp: 'Also the seed of directory hashes: the same input gives the same bytes.',
  build: 'Build image',
  cancel: 'Cancel',
  sample: 'Try a sample',
  again: 'Build another',
  download: 'Download image',
  remove: 'Remove',
  done: 'The image is ready',
  cancelled: 'Cancelled. Nothing was left behind.',
  progress: 'Progress of the build',
  clean: 'e2fsck found no problem',
  notChecked: 'e2fsck was not run',
  log: 'What e2fsck said',
  warnings: 'Worth knowing',
  folder: (name: string) => `“${name}” is a folder: pack it with tar first.`,
  phase: {
    index: 'Reading the archive',
    mkfs: 'Making the filesystem',
    populate: 'Writing files',
    analyse: 'Hashing contents',
    check: 'Checking with e2fsck',
  } satisfies Record<Phase, string>,
  amount: (done: string, total: string) => `${done} of ${total}`,
  entries: (count: number) => `${count.toLocaleString('en')} entries`,
  rate: (size: string) => `${size}/s`,
  left: (seconds: number) => (seconds < 60 ? `${seconds} s left` : `${Math.ceil(seconds / 60)} min left`),
  took: (seconds: number) => `built in ${seconds.toFixed(1)} s`,
  facts: (paths: number, entries: number, contents: string) =>
    `${paths.toLocaleString('en')} store paths, ${entries.toLocaleString('en')} entries, ${contents} of contents`,
  free: (blocks: string, inodes: number) => `${blocks} and ${inodes.toLocaleString('en')} inodes free`,
  storage: {
    opfs: (size: string) => `The image of ${size} is made on this browser’s disk storage.`,
    memory: (size: string) => `The image of ${size} is made in memory.`,
  },
  doubt: (size: string) => `The browser says that only ${size} are free; it is often wrong, so the build goes on.`,
  saveAs: 'Save as…',
  saving: 'Saving…',
  saved: 'Saved.',
  notices: 'Licence and exact source',
  version: (version: string) => `Version ${version}`,
} as const;

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];

/** 1536 → `1.5 KiB`. */
export function size(bytes: number): string {
  const unit = Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${unit === 0 ? bytes : (bytes / 1024 ** unit).toFixed(1)} ${UNITS[unit]}`;
}
