/**
 * Everything that storeimg refuses or fails at, once: a code and its sentence. A sentence says what is wrong, where,
 * and what to do. Anything thrown that is not a `Refusal` is a defect of storeimg and is shown as one.
 */
import { type ByteString, display, displaySize } from './bytes.ts';

const mib = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)} MiB`;
const path = (name: ByteString) => `“${display(name)}”`;

/** How to come by a manifest again, by the form that it has. */
const MAKE_AGAIN = {
  graph: 'make it again with exportReferencesGraph',
  registration: 'make it again with “nix-store --dump-db”',
  'path-info': 'make it again with “nix path-info --json -r”',
  attributes: 'make it again with exportReferencesGraph and __structuredAttrs',
  narinfo: 'make the binary cache again with “nix copy --to file://…”',
  any: 'give one that exportReferencesGraph, “nix-store --dump-db” or “nix path-info --json -r” wrote',
} as const;
/** The forms of manifests; `any` for what has none of them. */
export type ManifestKind = keyof typeof MAKE_AGAIN;

/** What the page would look into if it were not compressed. */
const isPackedImage = (f: { name: string; found: string }): boolean =>
  /\.(gz|zst|xz|bz2|lz4)$/.test(f.name) && /^an ext|with a partition table$/.test(f.found);

const SENTENCES = {
  // archive
  'archive-missing': () => 'No archive was given: choose a tarball of Nix store paths.',
  'archive-empty': (f: { name: string }) => `${f.name} is empty (0 bytes): choose a tarball of Nix store paths.`,
  'archive-unknown': (f: { name: string; found: string }) =>
    `${f.name} is not a tar archive (${f.found}): ${isPackedImage(f) ? 'unpack it, and the page looks inside; or ' : ''}make one with “tar c $(nix-store -qR ./result) > store.tar”.`,
  'archive-truncated': (f: { name: string; offset: number; path?: ByteString }) =>
    `${f.name} ends in the middle of ${f.path === undefined ? 'a header' : path(f.path)} at offset ${f.offset}: it was cut off; copy or make it again.`,
  'archive-unended': (f: { name: string; offset: number }) =>
    `${f.name} stops at offset ${f.offset} without the blocks of zeros that end an archive: it was cut off; copy or make it again, or give a manifest with the hash of every store path, which proves that it is whole.`,
  'archive-header': (f: { name: string; offset: number; why: string }) =>
    `${f.name} has a damaged header at offset ${f.offset} (${f.why}): copy or make the archive again.`,
  'compressed-damaged': (f: { name: string; format: string; offset: number; why: string }) =>
    `${f.name} is damaged: its ${f.format} data can't be read beyond offset ${f.offset} (${f.why}); copy or compress the archive again.`,
  'compressed-truncated': (f: { name: string; format: string; offset: number }) =>
    `${f.name} was cut off: its ${f.format} data ends in the middle, at offset ${f.offset}; copy or make the archive again.`,
  'compressed-no-tar': (f: { name: string; format: string; found: string }) =>
    `${f.name} is ${f.format} data, and what is in it is not a tar archive (${f.found}): make one with “tar c $(nix-store -qR ./result) > store.tar”.`,
  'compressed-bomb': (f: { name: string; size: number; most: number }) =>
    `${f.name} (${displaySize(f.size)}) expands to more than ${displaySize(f.most)}: if it is meant to, raise --max-expanded.`,
  'nar-damaged': (f: { name: string; offset: number; why: string }) =>
    `${f.name} has a damaged NAR: at offset ${f.offset}, ${f.why}; copy or make it again.`,
  'nar-truncated': (f: { name: string; offset: number; what: string }) =>
    `${f.name} ends in the middle of ${f.what} at offset ${f.offset}: it was cut off; copy or make it again.`,
  'archive-type': (f: { path: ByteString; what: string; offset: number }) =>
    `${path(f.path)} at offset ${f.offset} is ${f.what}, which a Nix store can't hold: leave it out of the archive.`,
  'archive-sparse': (f: { path: ByteString; offset: number }) =>
    `${path(f.path)} at offset ${f.offset} is a file with holes as star and Solaris' tar write them, which is not read here: make the archive with GNU tar or bsdtar.`,
  'archive-no-store-path': (f: { name: string; found: string }) =>
    `${f.name} holds no store path (nix/store/<hash>-<name>); it holds ${f.found}: make it with “tar c $(nix-store -qR ./result) > store.tar”.`,
  'archive-container': (f: { name: string; found: string }) =>
    `${f.name} looks like a container image (${f.found}), whose layers are archives of their own: give the tar that “docker export” makes of a container, or make one with “tar c $(nix-store -qR ./result) > store.tar”.`,
  'archive-folder': (f: { name: string }) => `“${f.name}” is a folder: pack it with tar first.`,
  'archive-bare-paths': (f: { name: string; path: ByteString }) =>
    `${f.name} holds the store path ${path(f.path)} without nix/store/ before it: make it with “tar c $(nix-store -qR ./result) > store.tar”.`,
  'path-unsafe': (f: { path: ByteString; offset: number; why: string }) =>
    `The entry ${path(f.path)} at offset ${f.offset} ${f.why}: make the archive again without it.`,
  'link-target': (f: { path: ByteString; offset: number; why: string }) =>
    `The link ${path(f.path)} at offset ${f.offset} ${f.why}: make the archive again without it.`,
  'source-unopened': (f: { name: string; why: string }) =>
    `${f.name} can't be opened (${f.why}): check its name and its permissions.`,
  'source-unreadable': (f: { name: string; why: string }) =>
    `${f.name} can't be read any more (${f.why}): it was moved or changed; choose it again.`,
  // manifest
  'manifest-needed': () =>
    'The original profile needs a closure manifest: add a closure-* file with --manifest or to the archive’s root.',
  'manifest-format': (f: { name: string; line: number; why: string; kind: ManifestKind }) =>
    `${f.name}, line ${f.line}: ${f.why}; ${MAKE_AGAIN[f.kind]}.`,
  'closure-broken': ({ errors: [first, ...more] }: { errors: readonly string[]; warnings: readonly string[] }) =>
    `${first}${more.length ? ` There ${more.length > 1 ? `are ${more.length} more problems` : 'is 1 more problem'}: storeimg inspect lists all.` : ''}`,
  'store-path-name': (f: { path: ByteString }) =>
    `${path(f.path)} lies in /nix/store and is no store path (<hash>-<name>): leave it out of the archive.`,
  'why-unknown': (f: { text: string }) =>
    `“${f.text}” is no store path of the archive: give one that storeimg inspect lists, its base name or its hash.`,
  // nixos
  'system-bootspec': (f: { path: ByteString; why: string }) =>
    `${path(f.path)} does not say how the system boots (${f.why}): build the system again, or choose another with --system.`,
  'nixos-no-system': () =>
    'No store path of the archive has an “init”, so there is no NixOS to boot: put the system’s closure into the archive, or leave --nixos out.',
  'nixos-which-system': (f: { names: readonly string[] }) =>
    `Several store paths have an “init” and none of them refers to the others (${f.names.join(', ')}): choose one with --system.`,
  'nixos-system': (f: { path: ByteString; names: readonly string[] }) =>
    `${path(f.path)} is no store path of the archive that has an “init”: give --system one that has, ${f.names.length ? `like ${f.names.join(', ')}` : 'and put it into the archive'}.`,
  'nixos-in-the-way': (f: { path: ByteString; needed: string }) =>
    `NixOS needs ${f.needed} at ${path(f.path)}, and the archive has something else there: leave that out of the archive.`,
  // options
  'label-too-long': (f: { text: string; length: number }) =>
    `The volume label “${f.text}” is ${f.length} bytes of UTF-8; ext4 holds at most 16: choose a shorter one.`,
  'label-nul': () => 'The volume label has a NUL character: leave it out.',
  'nil-uuid': () =>
    'A UUID of zeros alone is no seed for directory hashes (mke2fs would take a random one): give another.',
  'bad-uuid': (f: { text: string }) => `“${f.text}” is not a UUID: write it like 44444444-4444-4444-8888-888888888888.`,
  'option-number': (f: { flag: string; text: string; most: number }) =>
    `--${f.flag} takes a whole number from 0 to ${f.most}, not “${f.text}”.`,
  'option-bytes': (f: { flag: string; text: string }) =>
    `--${f.flag} takes a number of bytes like 64M or 2G, at most 16384G, not “${f.text}”.`,
  'option-percent': (f: { flag: string; text: string }) =>
    `--${f.flag} takes a percentage from 0 to 50 with at most 6 decimals, like 5% or 0.5%, not “${f.text}”.`,
  'option-choice': (f: { flag: string; text: string; allowed: string }) =>
    `--${f.flag} takes one of ${f.allowed}, not “${f.text}”.`,
  usage: (f: { why: string }) => `${f.why}: see storeimg --help.`,
  // image
  'image-too-small': (f: { bytes: number; why: string }) =>
    `An image of ${f.bytes} bytes is too small (${f.why}): give a larger --size.`,
  'image-too-large': (f: { bytes: number; why: string }) =>
    `An image of ${f.bytes} bytes is too large for these --features (${f.why}): give a smaller --size, or features with 64bit.`,
  'image-full': (f: { bytes: number; path: ByteString }) =>
    `The image of ${f.bytes} bytes ran full at ${path(f.path)}: give a larger --size, --headroom or --inode-headroom.`,
  'link-target-too-long': (f: { path: ByteString; length: number; most: number }) =>
    `The link target of ${path(f.path)} has ${f.length} bytes; blocks of this image hold at most ${f.most}: use the default profile or a larger --size.`,
  'file-too-large': (f: { path: ByteString; size: number; most: number }) =>
    `${path(f.path)} has ${f.size} bytes; ext4 holds files of at most ${f.most}: leave it out of the archive.`,
  'too-many-inodes': (f: { inodes: number; made: number; most: number }) =>
    `The contents take ${f.inodes} inodes, ${f.made} with those of ext4 itself and --inode-headroom; ext4 holds at most ${f.most}: make several images, or give a smaller --inode-headroom.`,
  'program-failed': (f: { program: string; status: number; output: string }) =>
    `${f.program} failed (exit status ${f.status}): ${f.output || 'it said nothing'}`,
  'program-said': (f: { program: string; command: string; output: string }) =>
    `${f.program} answered “${f.command}” with: ${f.output}`,
  'index-failed': (f: { output: string }) =>
    `e2fsck -D could not index the directories (${f.output}): give a larger --size, or leave --index-directories out.`,
  'audit-failed': (f: { path: ByteString; why: string }) =>
    `Read back from the image, ${path(f.path)} is not what the archive has (${f.why}): the storage lost it; build again, on another disk if it happens again.`,
  'check-failed': (f: { output: string }) => `e2fsck found the image damaged: ${f.output}`,
  'check-found': (f: { name: string }) =>
    `${f.name} is damaged, as e2fsck says: make it again, or let e2fsck -f mend it.`,
  'inspection-errors': (f: { count: number }) =>
    `No image can be built of this: ${f.count === 1 ? 'one error is' : `${f.count} errors are`} listed above.`,
  'not-ext4': (f: { name: string; why: string }) =>
    `${f.name} is not an ext4 image (${f.why}): give an .img made by storeimg or mkfs.ext4.`,
  // output
  'output-is-input': (f: { path: string }) =>
    `${f.path} is read, so the image can't be written there: give another file with -o.`,
  'disk-too-large': (f: { bytes: number }) =>
    `A disk of ${f.bytes} bytes is more than an MBR can describe (2 TiB): use --disk gpt or a smaller --size.`,
  'bmap-stream': (f: { path: string }) =>
    `A block map lies beside its image, and beside ${f.path} nothing can lie: give a file with -o, or leave --bmap out.`,
  'firmware-format': (f: { name: string; why: string }) =>
    `${f.name} can't fill the firmware partition (${f.why}): give a folder or a tar of plain files and directories.`,
  'output-folder': (f: { path: string; folder: string }) =>
    `${f.path} can't be made (${f.folder} is no folder): make the folder first, or give another file with -o.`,
  'device-too-small': (f: { path: string; has: string; wants: string }) =>
    `${f.path} has ${f.has} and the image ${f.wants}: use a larger device or a smaller --size. Nothing was written to it.`,
  // storage
  'storage-missing': (f: { bytes: number; most: number }) =>
    `This window gives the page no disk storage (it is private, came without https, or is of an old browser), and an image of ${mib(f.bytes)} is more than the ${mib(f.most)} that memory is used for: use a normal window of Chromium, Firefox or Safari.`,
  'storage-full': (f: { why: string; spooled?: string }) =>
    `The storage is full (${f.why}): free some space and build again${f.spooled ? `, or give the NARs of ${f.spooled} uncompressed, which are read where they lie: what they expand to takes as much again as the image` : ''}.`,
  'spool-full': (f: { name: string; why: string }) =>
    `The storage is full (${f.why}): the NARs of ${f.name} have to be expanded first; free some space, or give them uncompressed, which are read where they lie.`,
  'spool-missing': (f: { name: string; most: number }) =>
    `This window gives the page no disk storage (it is private, came without https, or is of an old browser), and the NARs of ${f.name} expand to more than the ${mib(f.most)} that memory is used for: use a normal window of Chromium, Firefox or Safari, or give them uncompressed.`,
  'storage-differs': (f: { path: string }) =>
    `${f.path} was read back, and is not what was written: its disk, or the way to it, loses bytes. Use another.`,
  'storage-failed': (f: { why: string }) => `The image can't be written (${f.why}).`,
  'image-gone': (f: { name: string; why: string }) =>
    `${f.name} can't be read any more (${f.why}), so the image that reads it is gone, and a download under way is not whole: choose it again and build again.`,
  'download-cut': (f: { why: string }) =>
    `The download was cut short (${f.why}): remove what was saved, and press “Download image” again or use “Save as…”.`,
  'save-failed': (f: { why: string }) =>
    `The image could not be saved (${f.why}): choose another place, or use “Download image”.`,
  'page-incomplete': (f: { why: string }) =>
    `A part of this page can't be loaded (${f.why}): check that its server can be reached, then reload the page.`,
  'replay-impossible': (f: { path: ByteString; why: string }) =>
    `The plan can't be printed as a script: ${path(f.path)} has ${f.why}, which debugfs' command lines can't express; build the image instead.`,
} as const;

type Sentences = typeof SENTENCES;
/** What can be refused. */
export type RefusalCode = keyof Sentences;
type Facts<K extends RefusalCode> = Parameters<Sentences[K]> extends [infer F] ? F : Record<string, never>;

/** A refusal or failure that storeimg understands; `message` is the sentence for the person. */
export class Refusal<K extends RefusalCode = RefusalCode> extends Error {
  override readonly name = 'Refusal';
  readonly code: K;
  readonly facts: Facts<K>;

  constructor(code: K, facts: Facts<K>) {
    super((SENTENCES[code] as (facts: Facts<K>) => string)(facts));
    this.code = code;
    this.facts = facts;
  }
}

/** Whether something that was thrown is this refusal. */
export const isRefusal = <K extends RefusalCode>(thrown: unknown, code: K): thrown is Refusal<K> =>
  thrown instanceof Refusal && thrown.code === code;

/** The sentence to show for anything that was thrown. */
export function sentence(thrown: unknown): string {
  if (thrown instanceof Error && thrown.name === 'Refusal') return thrown.message;
  const what = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return `storeimg itself failed (${what}): please report this with the archive's listing.`;
}
