/**
 * The options, once: the command line, the page, the plan and the documents read this table.
 * Names, defaults and meanings are the contract.
 */
import { fromText } from './bytes.ts';
import { Refusal } from './errors.ts';

/** What the engine builds by: every option decided. */
export interface Options {
  /** `default`: the image people want today. `original`: what nixpkgs' make-ext4-fs.nix of 2015 made. */
  readonly profile: 'default' | 'original';
  /** Volume label: at most 16 bytes of UTF-8. */
  readonly label: string;
  /** Filesystem UUID, also the seed of directory hashes. */
  readonly uuid: string;
  /** Every timestamp in the image: seconds since 1970, at most 2^31 - 1. */
  readonly time: number;
  /** Owner of the store's entries. */
  readonly uid: number;
  readonly gid: number;
  /** Image size: `original` is the formula of make-ext4-fs.nix; a number is bytes. */
  readonly size: 'fit' | 'original' | number;
  /** Bytes left free at least. */
  readonly headroom: number;
  /** Inodes left free at least. */
  readonly inodeHeadroom: number;
  /** Percent of the blocks that only root may take, as mke2fs' `-m`: 0 to 50, with at most 6 decimals. */
  readonly reserved: number;
  readonly journal: 'default' | 'none';
  /** Which of ext4's features; `plan/features.ts` says who understands them. */
  readonly features: 'classic' | 'modern' | 'u-boot';
  /** Hard links: those of the archive, none, or also between identical files of the store. */
  readonly links: 'keep' | 'copy' | 'dedupe';
  /** Where the filesystem will be mounted: what lies below is inside it, at its root. */
  readonly root: '/' | '/nix' | '/nix/store';
  /** Bytes that a compressed archive may expand to; `auto` is a multiple of its own. */
  readonly maxExpanded: 'auto' | number;
  /** What the image's `nix-path-registration` holds. */
  readonly registration: 'full' | 'zero' | 'none';
  /** References to paths that the archive lacks are left out with a warning instead of refused. */
  readonly allowMissing: boolean;
  /** Directories of several blocks get a hash index, which the kernel looks names up by. */
  readonly indexDirectories: boolean;
  /** Lay the image out as NixOS boots it; `system` is the store path to boot, found where it is not given. */
  readonly nixos: boolean;
  readonly system: string | undefined;
  /** The partition table around the filesystem. */
  readonly disk: 'none' | 'mbr' | 'gpt';
  readonly compress: 'none' | 'gzip' | 'zstd';
  /** Holes stay holes in the file; without it, every block of the file is allocated. */
  readonly sparse: boolean;
  /** Make a block map for flashing tools. */
  readonly bmap: boolean;
  /** Read everything back from the finished image, and compare it with the archive. */
  readonly audit: boolean;
  /** Run e2fsck over the finished image. */
  readonly check: boolean;
}

type OptionKey = keyof Options;

const DEFAULTS: Options = {
  profile: 'default',
  label: 'NIXOS',
  uuid: '44444444-4444-4444-8888-888888888888',
  time: 1,
  uid: 0,
  gid: 30000,
  size: 'fit',
  headroom: 16 * 2 ** 20,
  inodeHeadroom: 1024,
  reserved: 5,
  journal: 'default',
  features: 'classic',
  links: 'keep',
  root: '/',
  maxExpanded: 'auto',
  registration: 'full',
  allowMissing: false,
  indexDirectories: false,
  nixos: false,
  system: undefined,
  disk: 'none',
  compress: 'none',
  sparse: false,
  bmap: false,
  audit: false,
  check: true,
};

/** What each profile makes the default; an option given explicitly wins over it. */
const PROFILES: Readonly<Record<Options['profile'], Options>> = {
  default: DEFAULTS,
  original: {
    ...DEFAULTS,
    profile: 'original',
    time: 0,
    size: 'original',
    headroom: 0,
    inodeHeadroom: 0,
    links: 'copy',
    registration: 'zero',
  },
};

/** One row: how an option is written on a command line and what its text means. */
export interface OptionRow {
  readonly flag: string;
  /** How help shows the value; absent for a switch. */
  readonly value?: string;
  readonly help: string;
  /** Turns the text into the option's value; a switch gets `true`. */
  readonly set: (text: string) => Partial<Options>;
}

/** One of these words; the flag is the option's own name. */
function choice<K extends OptionKey>(flag: K, help: string, ...words: Extract<Options[K], string>[]): OptionRow {
  const set = (text: string) => {
    if (!(words as string[]).includes(text))
      throw new Refusal('option-choice', { flag, text, allowed: words.join(', ') });
    return { [flag]: text };
  };
  return { flag, value: words.join('|'), help: `${help} (${DEFAULTS[flag]})`, set };
}

/** A whole number up to `most`. */
function integer(flag: string, key: OptionKey, help: string, value: string, most: number): OptionRow {
  const set = (text: string) => {
    const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (!(number <= most)) throw new Refusal('option-number', { flag, text, most });
    return { [key]: number };
  };
  return { flag, value, help, set };
}

const SUFFIX: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

/** Bytes, or one of these words. */
function bytes(flag: string, key: OptionKey, help: string, ...words: string[]): OptionRow {
  const set = (text: string) => {
    if (words.includes(text)) return { [key]: text };
    const [, digits, suffix] = /^(\d{1,13})([KMG]?)$/.exec(text) ?? [];
    const number = Number(digits) * SUFFIX[suffix ?? '']!;
    if (!(number <= 2 ** 44)) throw new Refusal('option-bytes', { flag, text });
    return { [key]: number };
  };
  return { flag, value: [...words, 'N[K|M|G]'].join('|'), help, set };
}

/** What is off unless its flag is given. */
const turnedOn = (flag: string, help: string, set: Partial<Options>): OptionRow => ({ flag, help, set: () => set });

function percent(text: string): Partial<Options> {
  const [, digits] = /^(\d{1,2}(?:\.\d{1,6})?)%?$/.exec(text) ?? [];
  if (!(Number(digits) <= 50)) throw new Refusal('option-percent', { flag: 'reserved', text });
  return { reserved: Number(digits) };
}

function label(text: string): Partial<Options> {
  const length = fromText(text).length;
  if (length > 16) throw new Refusal('label-too-long', { text, length });
  if (text.includes('\0')) throw new Refusal('label-nul', {});
  return { label: text };
}

function uuid(given: string): Partial<Options> {
  const text = given.trim();
  if (/^[0-]+$/.test(text) && text.length === DEFAULTS.uuid.length) throw new Refusal('nil-uuid', {});
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) throw new Refusal('bad-uuid', { text });
  return { uuid: text.toLowerCase() };
}

/** Linux' largest user or group number; the one above it means none. */
const MOST_ID = 2 ** 32 - 2;

export const OPTIONS: readonly OptionRow[] = [
  choice(
    'profile',
    "original: byte for byte what nixpkgs' make-ext4-fs.nix of 2015 meant to make",
    'default',
    'original',
  ),
  {
    flag: 'label',
    value: 'TEXT',
    help: `volume label, at most 16 bytes of UTF-8 (${DEFAULTS.label})`,
    set: label,
  },
  { flag: 'uuid', value: 'UUID', help: `filesystem UUID and hash seed (${DEFAULTS.uuid})`, set: uuid },
  integer('time', 'time', "every timestamp in the image (1, Nix's own)", 'SECONDS', 2 ** 31 - 1),
  integer('uid', 'uid', 'owner of store entries (0)', 'N', MOST_ID),
  integer('gid', 'gid', 'group of store entries (30000, nixbld)', 'N', MOST_ID),
  bytes('size', 'size', 'image size (fit: what the contents and the headrooms need)', 'fit', 'original'),
  bytes('headroom', 'headroom', 'bytes left free (16M)'),
  integer('inode-headroom', 'inodeHeadroom', 'inodes left free (1024)', 'N', 2 ** 31),
  {
    flag: 'reserved',
    value: 'N%',
    help: "share of the blocks that only root may take, as mke2fs' -m (5%)",
    set: percent,
  },
  choice('journal', "with mke2fs' journal for the size, or without one", 'default', 'none'),
  choice(
    'links',
    'hard links: as in the archive, none, or between all identical files of the store',
    'keep',
    'copy',
    'dedupe',
  ),
  bytes(
    'max-expanded',
    'maxExpanded',
    'what a compressed archive may expand to (auto: 16G, or 200 times its size)',
    'auto',
  ),
  choice(
    'features',
    'ext4 features that every common reader knows, that e2fsprogs makes today, or that U-Boot writes',
    'classic',
    'modern',
    'u-boot',
  ),
  turnedOn('index-directories', 'large directories with a hash index, by e2fsck -D', { indexDirectories: true }),
  choice('registration', 'nix-path-registration: full has real NAR hashes and sizes', 'full', 'zero', 'none'),
  turnedOn('allow-missing', 'references to paths that are missing are warnings', { allowMissing: true }),
  choice('root', 'where the filesystem will be mounted: what of the archive is inside it', '/', '/nix', '/nix/store'),
  turnedOn('nixos', 'ready for NixOS to boot: system profile, GC root, /sbin/init, empty directories', { nixos: true }),
  {
    flag: 'system',
    value: 'PATH',
    help: '--nixos with this system (the store path with an init that no other such path refers to)',
    set: (text) => ({ nixos: true, system: text }),
  },
  choice('disk', "a partition table around the filesystem, as NixOS' SD images have it", 'none', 'mbr', 'gpt'),
  choice('compress', 'the image as .img.gz or .img.zst', 'none', 'gzip', 'zstd'),
  turnedOn('sparse', 'what is all zeros takes no room in the file (every block is allocated)', { sparse: true }),
  turnedOn('bmap', 'a block map beside the image, which lets flashing tools skip what is unused', { bmap: true }),
  turnedOn('audit', 'read every file of the image back and compare', { audit: true }),
  turnedOn('no-check', 'skip e2fsck', { check: false }),
];

/** Options from what was given explicitly, over the chosen profile's defaults. */
export function decide(given: Partial<Options>): Options {
  return { ...PROFILES[given.profile ?? 'default'], ...given };
}
