/** Every word on the page, in one place. */
import type { BlockKind, InodeType, Phase } from '../../src/core/index.ts';
import { qemuWord, shellWord } from './shell.ts';

export { displaySize as size } from '../../src/core/index.ts';

/** A command to copy, or a way to go without one. */
export interface Step {
  readonly where: string;
  readonly how?: string;
  readonly command?: string;
}

/** A finished image, as far as the steps after it depend on it. */
export interface Finished {
  /** Unpacked. */
  readonly file: string;
  readonly uuid: string;
  /** Which one the filesystem is. */
  readonly partition: number;
  readonly hasBlockMap: boolean;
}

/** By its UUID a kernel finds the filesystem in a partition, too; a label might need quoting. */
const inQemu = ({ file, uuid }: Finished): Step => ({
  where: 'Boot it in QEMU, where ./result is the NixOS system inside',
  command: `qemu-system-x86_64 -m 2G -drive file=${qemuWord(file)},format=raw,if=virtio -kernel result/kernel -initrd result/initrd -append "root=UUID=${uuid} init=$(readlink -f result)/init console=ttyS0" -nographic`,
});

const counted = (count: number, one: string, many: string): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`;

export const text = {
  title: 'storeimg',
  titleOf: { ready: '', refused: 'Refused', cancelled: 'Cancelled', failed: 'Failed', done: 'Ready' },
  tagline: 'A tarball of Nix store paths becomes an ext4 disk image, here in your browser.',
  private: 'Nothing is uploaded, as the network tab of this browser’s developer tools shows.',
  archive: 'Store archive',
  archiveHelp: 'Compressed or not. More can be dropped; later ones lie over earlier ones.',
  /** Where the browser gives no disk storage. */
  inMemory: (image: string, content: string) =>
    `This window gives the page no disk storage, so what it compresses is kept in memory: an image of ${image} at most; and so is what a compressed archive holds: ${content}. What is not compressed may have any size. A normal window of Chromium, Firefox or Safari has no such limit.`,
  /** The same, where that is the reason. */
  insecure: (image: string, content: string) =>
    `This page came without https, so the browser gives it no disk storage, and what it compresses is kept in memory: an image of ${image} at most; and so is what a compressed archive holds: ${content}. What is not compressed may have any size. Over https, or from localhost, there is no such limit.`,
  manifest: 'Closure manifest',
  manifestHelp: 'Optional: what Nix says of the contents, to check them against.',
  firmware: 'Firmware files',
  firmwareHelp:
    'Optional: a tar of files for a FAT partition before the filesystem, such as a Raspberry Pi starts from.',
  drop: 'Drop a tarball of Nix store paths here, or choose it.',
  dropNow: 'Drop the archive here',
  options: 'Options',
  groups: { size: 'Size', filesystem: 'Filesystem', nix: 'Nix', output: 'Output', checks: 'Checks' },
  readers: ({ reads, writes }: { readonly reads: string; readonly writes: string }) =>
    `Read by ${reads} and later; written by ${writes} and later.`,
  /** By flag: what an option is called here, and what it does. A flag without words has the command line's. */
  option: {
    label: { label: 'Volume label', help: 'At most 16 bytes; root=LABEL=… finds it.' },
    size: { label: 'Image size', help: '“fit” is the least; or a size such as 2G.' },
    nixos: {
      label: 'Ready to boot NixOS',
      help: 'Adds what its first start expects.',
    },
    system: { label: 'System', help: 'The store path to boot, where the archive holds more than one system.' },
    disk: { label: 'Partition table', help: 'Makes a whole disk, ready for a card.' },
    bmap: { label: 'Block map', help: 'A file for flashing tools, which lets them skip what is unused.' },
    compress: { label: 'Compression', help: 'Of the file that you download.' },
    profile: { label: 'Profile', help: '“original” makes what nixpkgs’ make-ext4-fs.nix of 2015 meant to make.' },
    uuid: { label: 'UUID', help: 'Also the seed of directory hashes: the same input gives the same bytes.' },
    headroom: { label: 'Free space', help: 'Left free at least, for the first boot to write in. Such as 16M.' },
    'inode-headroom': { label: 'Free inodes', help: 'How many more files the first boot can make.' },
    reserved: { label: 'Reserved for root, in percent', help: 'The share of blocks that only root may fill.' },
    journal: { label: 'Journal', help: 'Without one the image is smaller, and less safe to write to.' },
    features: {
      label: 'ext4 features',
      help: '“classic” is read by every boot loader and kernel of the last ten years.',
    },
    'index-directories': { label: 'Index directories', help: 'Faster look-ups in large folders.' },
    links: { label: 'Hard links', help: 'As in the archive, none, or between all identical files, which saves space.' },
    registration: { label: 'Registration', help: 'What Nix’ database learns of the paths at first boot.' },
    'allow-missing': {
      label: 'Allow missing references',
      help: 'Paths that are referred to and not here are warned of, not refused.',
    },
    root: { label: 'Mount point', help: 'Where the filesystem will be mounted.' },
    time: { label: 'Timestamp', help: 'Of every file: seconds since 1970. Nix’ own is 1.' },
    uid: { label: 'Owner', help: 'User number of what lies in the store.' },
    gid: { label: 'Group', help: 'Group number of what lies in the store; 30000 is nixbld.' },
    'max-expanded': { label: 'Largest decompressed size', help: 'A compressed archive that holds more is refused.' },
    audit: { label: 'Read everything back', help: 'Compares every file of the finished image with the archive.' },
    'no-check': { label: 'Skip e2fsck', help: 'Saves a moment; the image is then not checked.' },
  } as Readonly<Record<string, { readonly label: string; readonly help: string }>>,
  copy: 'Copy',
  copied: 'Copied',
  notCopied: 'The browser keeps the page from copying: select the text and copy it.',
  toField: (name: string) => `Go to “${name}”`,
  making: {
    title: 'How do I make the tarball?',
    steps: [
      { where: 'A flake', command: 'nix build && tar c $(nix-store -qR ./result) > store.tar' },
      {
        where: 'A NixOS system of a flake',
        command:
          'nix build .#nixosConfigurations.NAME.config.system.build.toplevel && tar c $(nix-store -qR ./result) > store.tar',
      },
      { where: 'A channel', command: 'nix-build "<nixpkgs>" -A hello && tar c $(nix-store -qR ./result) > store.tar' },
      {
        where: 'Another machine, over ssh',
        command: "ssh HOST 'tar c $(nix-store -qR /run/current-system)' > store.tar",
      },
      {
        where: 'macOS',
        how: 'What is packed has to be for Linux: built by a Linux builder, or fetched from a cache.',
        command:
          'nix build .#packages.aarch64-linux.default && COPYFILE_DISABLE=1 tar --no-xattrs -cf store.tar $(nix-store -qR ./result)',
      },
      { where: 'Windows, in WSL', command: 'tar c $(nix-store -qR ./result) > /mnt/c/Users/Public/store.tar' },
      {
        where: 'Its manifest, for real hashes and references',
        command: 'nix-store --dump-db $(nix-store -qR ./result) > registration',
      },
    ] as readonly Step[],
  },
  using: {
    title: 'What do I do with the image?',
    note: 'It is a filesystem without a partition table: it goes into a partition, or straight to QEMU.',
    steps: (image: Finished): Step[] => [
      {
        where: 'Onto a card, without any command',
        how: 'Choose “Partition table: mbr” and build again: balenaEtcher and Raspberry Pi Imager write whole disks, on macOS and Windows, too.',
      },
      {
        where: 'Onto a partition, on Linux',
        command: `sudo dd if=${shellWord(image.file)} of=/dev/sdX2 bs=4M conv=fsync status=progress`,
      },
      { where: 'Let it fill the partition', command: 'sudo resize2fs /dev/sdX2' },
      {
        where: 'Onto a partition, on macOS; “diskutil list” names it',
        command: `diskutil unmountDisk /dev/diskN && sudo dd if=${shellWord(image.file)} of=/dev/rdiskNs2 bs=4m`,
      },
      { where: 'Look inside, on Linux', command: `sudo mount -o loop,ro ${shellWord(image.file)} /mnt` },
      inQemu(image),
    ],
  },
  /** The same for a disk. */
  usingDisk: {
    title: 'What do I do with the image?',
    note: 'It is a whole disk, with a partition table: it is written onto a card as it is, over all that was there.',
    steps: (image: Finished): Step[] => [
      {
        where: 'Onto a card, without any command',
        how: 'In balenaEtcher choose “Flash from file”, in Raspberry Pi Imager “Use custom”; then this file, and the card.',
      },
      {
        where: 'On Linux; “lsblk” names the card',
        command: `sudo dd if=${shellWord(image.file)} of=/dev/sdX bs=4M conv=fsync status=progress`,
      },
      ...(image.hasBlockMap
        ? [
            {
              where: 'The same with its block map, saved beside it',
              command: `sudo bmaptool copy ${shellWord(image.file)} /dev/sdX`,
            },
          ]
        : []),
      {
        where: 'On macOS; “diskutil list” names the card',
        command: `diskutil unmountDisk /dev/diskN && sudo dd if=${shellWord(image.file)} of=/dev/rdiskN bs=4m`,
      },
      {
        where: 'On Windows',
        how: 'With balenaEtcher, Raspberry Pi Imager or Rufus. Windows can’t read ext4: when it then asks to format the card, say no.',
      },
      {
        where: 'Look inside, on Linux',
        command: `loop=$(sudo losetup --find --show --partscan --read-only ${shellWord(image.file)}) && sudo mount -o ro,noload "$loop"p${image.partition} /mnt`,
      },
      { where: 'And when done', command: 'sudo umount /mnt && sudo losetup -d "$loop"' },
      inQemu(image),
    ],
  },
  /** Comes first where the image is compressed. */
  unpack: {
    '.gz': (file: string): Step => ({ where: 'Unpack it', command: `gunzip --keep ${shellWord(file)}` }),
    '.zst': (file: string): Step => ({ where: 'Unpack it', command: `unzstd ${shellWord(file)}` }),
  },
  inside: 'What is inside',
  storePaths: 'Store paths',
  allEntries: 'Entries',
  contents: 'Contents',
  references: 'References',
  count: (count: number) => count.toLocaleString('en'),
  system: (name: string) => `System: ${name}`,
  makeReady: 'Make the image ready to boot it',
  predicted: (size: string) => `The image will be ${size}.`,
  predicting: 'Working out the size of the image…',
  verifying: (percent: number) =>
    `Contents are being checked in the background (${percent} %); building need not wait.`,
  /** What a screen reader hears once it is known; problems are told one by one further on. */
  told: (paths: number, size: string | undefined, problems: number) =>
    [
      counted(paths, 'store path', 'store paths'),
      ...(size === undefined ? [] : [`an image of ${size}`]),
      ...(problems === 0 ? [] : [counted(problems, 'problem', 'problems')]),
    ].join(', '),
  verified: 'Contents were read, hashed and searched for references.',
  treemap: 'What takes the space',
  everything: 'Store',
  place: 'Where you are',
  share: (size: string, percent: number) => `${size}, ${percent < 1 ? 'under 1' : percent} %`,
  bySize: 'All, the largest first',
  allBySize: (count: number) => `All ${count.toLocaleString('en')}, the largest first`,
  sizeColumns: ['Name', 'Size'],
  others: (count: number) => counted(count, 'smaller one', 'smaller ones'),
  why: 'Why it is here',
  whyWaiting: 'To be told when the contents have been read.',
  whyRoot: 'Nothing else in the archive refers to it: it is what the rest is there for.',
  refersTo: 'refers to',
  standsIn: (file: string) => `in ${file}`,
  manifestSays: 'as the manifest says',
  problems: 'To be mended before it can be built',
  build: 'Build image',
  cancel: 'Cancel',
  sample: 'Try a sample',
  again: 'Build another',
  replay: 'Replay it natively',
  replayHelp: 'A shell script that makes the same image, byte for byte, with native e2fsprogs.',
  replaying: 'Writing the script…',
  replayForgotten:
    'The script that makes the same image natively needs the archives, which a reload forgets: build it again to have it.',
  replayFirmware: 'There is no script that makes it natively: it would know nothing of the firmware files.',
  lookUnpacked:
    'Look inside and the picture of its blocks are there for an image that is not compressed: unpack this one and choose it in place of an archive.',
  download: 'Download image',
  remove: 'Remove',
  done: 'The image is ready',
  cancelled: 'Cancelled. Nothing was left behind.',
  progress: 'Progress of the build',
  clean: 'e2fsck found no problem',
  notChecked: 'e2fsck was not run',
  look: 'Look inside',
  inImage: (name: string) => `Inside ${name}`,
  imageHelp: 'It is an image, not an archive: look around in it, read files, take them out.',
  opening: 'Opening the image…',
  rootDirectory: 'Root',
  contentsOf: (name: string) => `What is in ${name}`,
  columns: ['Name', 'Size', 'Mode', 'Owner and group'],
  owner: (uid: number, gid: number) => `${uid}:${gid}`,
  filter: 'Find a name here',
  names: (count: number) => counted(count, 'name', 'names'),
  someNames: (count: number, all: number) => `${count.toLocaleString('en')} of ${counted(all, 'name', 'names')}`,
  filesystem: 'Filesystem',
  sizeAndFree: (bytes: string, free: string) => `${bytes}, ${free} free`,
  chosenFile: 'The file that was chosen',
  textOf: (name: string) => `Text of ${name}`,
  downloadFile: 'Download file',
  empty: 'It is empty.',
  tooLong: 'It is too long to be shown here.',
  notText: 'It is no text that could be shown here.',
  openingFolder: (name: string) => `Opening ${name}…`,
  kind: 'Kind',
  inodeType: {
    file: 'File',
    directory: 'Folder',
    symlink: 'Symbolic link',
    'character device': 'Character device',
    'block device': 'Block device',
    fifo: 'Pipe (FIFO)',
    socket: 'Socket',
    unknown: 'Unknown',
  } satisfies Record<InodeType, string>,
  size: 'Size',
  sizeInBytes: (short: string, bytes: number) =>
    bytes < 1024 ? short : `${short} (${counted(bytes, 'byte', 'bytes')})`,
  target: 'Leads to',
  device: 'Device number',
  mode: 'Mode',
  owners: 'Owner',
  modified: 'Changed',
  date: (seconds: number) => new Date(seconds * 1000).toISOString().replace('T', ' ').replace(/\..*/, ' UTC'),
  inode: 'Inode',
  inodeAndNames: (inode: number, names: number) => (names === 1 ? `${inode}` : `${inode}, which has ${names} names`),
  blocks: 'How its blocks are used',
  blockKind: { data: 'Data', metadata: 'Metadata', journal: 'Journal', free: 'Free' } satisfies Record<
    BlockKind,
    string
  >,
  log: 'What e2fsck said',
  warnings: 'Worth knowing',
  more: (count: number) => `And ${count} more`,
  /** Of a drop while there is something that it would end. */
  notNow: {
    building: 'An image is being built: wait for it, or press “Cancel”; then drop the files again.',
    done: 'The finished image would be gone: press “Build another” first, then drop the files again.',
  },
  phase: {
    expand: 'Decompressing',
    index: 'Reading the archive',
    mkfs: 'Making the filesystem',
    populate: 'Writing files',
    analyse: 'Hashing contents',
    deliver: 'Hashing and compressing the image',
    check: 'Checking with e2fsck',
    audit: 'Reading everything back',
  } satisfies Record<Phase, string>,
  amount: (done: string, total: string) => `${done} of ${total}`,
  entries: (count: number) => counted(count, 'entry', 'entries'),
  entriesOf: (count: number, all: number) => `${count.toLocaleString('en')} of ${counted(all, 'entry', 'entries')}`,
  paths: (count: number) => counted(count, 'store path', 'store paths'),
  rate: (size: string) => `${size}/s`,
  entryRate: (count: number) => `${counted(count, 'entry', 'entries')}/s`,
  left: (seconds: number) => (seconds < 60 ? `${seconds} s left` : `${Math.ceil(seconds / 60)} min left`),
  took: (seconds: number) => `${seconds.toFixed(1)} s`,
  file: 'File',
  room: 'Room left',
  time: 'Time taken',
  bytes: (count: number) => counted(count, 'byte', 'bytes'),
  facts: (paths: number, entries: number, contents: string) =>
    `${counted(paths, 'store path', 'store paths')}, ${counted(entries, 'entry', 'entries')}, ${contents}`,
  deduplicated: (files: number, saved: string) =>
    `; ${counted(files, 'identical file shares', 'identical files share')} an inode, which saves ${saved}`,
  free: (blocks: string, inodes: number) => `${blocks} and ${counted(inodes, 'inode', 'inodes')}`,
  sha256: 'SHA-256',
  hashing: 'Being computed…',
  saveSha256: 'Save .sha256',
  saveBmap: 'Save block map',
  filesystemSha256: 'Of the filesystem inside:',
  saveAs: 'Save as…',
  noSaveAs: 'It is saved where this browser’s settings for downloads say: pages can’t ask for another place in it.',
  saving: 'Saving…',
  /** Before the first byte. */
  preparing: 'Preparing the file…',
  savingOf: (percent: number, done: string, all: string) =>
    `Saving: ${percent} %, ${done} of ${all}. Keep this page open until it is done.`,
  savedTo: {
    download: 'The image is with the browser’s downloads, which say when all of it is on disk.',
    file: 'Saved.',
  },
  /** After a reload, above the form. */
  waitingFor: (image: string, files: readonly string[]) =>
    `${image} was ready before this page was loaded again. Choose ${files.join(' and ')} again, and it is there at once.`,
  notices: 'Licence and exact source',
  update: 'Change to the newer version',
  updateWaits:
    'Another tab is building an image, or has one finished, with the present version: close it, or press “Build another” there, and try again.',
  version: (version: string) => `Version ${version}`,
} as const;

/** The engine's sentences speak of the command line's options; here they go by the names of their fields. */
export const plainly = (sentence: string): string =>
  sentence
    .replace(/--([a-z][a-z-]*[a-z])/g, (flag, name) => {
      const label = FILES[name] ?? text.option[name]?.label;
      return label === undefined ? flag : `“${label}”`;
    })
    .replace('see storeimg inspect', `see “${text.inside}”`);

/** What is no option here but a control for files. */
const FILES: Readonly<Record<string, string>> = { manifest: text.manifest, firmware: text.firmware };
