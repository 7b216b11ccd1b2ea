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

export type OptionKey = keyof Options;

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
export const PROFILES: Readonly<Record<Options['profile'], Options>> = {
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

const integer = (flag: string, key: OptionKey, most: number) => (text: string) => {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= most)) throw new Refusal('option-number', { flag, text, most });
  return { [key]: value };
};

const SUFFIX: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

const bytes = (flag: string, text: string): number => {
  const [, digits, suffix] = /^(\d{1,13})([KMG]?)$/.exec(text) ?? [];
  const value = Number(digits) * SUFFIX[suffix ?? '']!;
  if (!(value <= 2 ** 44)) throw new Refusal('option-bytes', { flag, text });
  return value;
};

const percent = (flag: string, text: string): number => {
  const [, digits] = /^(\d{1,2}(?:\.\d{1,6})?)%?$/.exec(text) ?? [];
  if (!(Number(digits) <= 50)) throw new Refusal('option-percent', { flag, text });
  return Number(digits);
};

const oneOf =
  <K extends OptionKey>(flag: string, key: K, ...allowed: Options[K][]) =>
  (text: string) => {
    if (!allowed.includes(text as Options[K]))
      throw new Refusal('option-choice', { flag, text, allowed: allowed.join(', ') });
    return { [key]: text };
  };

/** @throws Refusal `label-too-long` */
export function parseLabel(text: string): Partial<Options> {
  const length = fromText(text).length;
  if (length > 16) throw new Refusal('label-too-long', { text, length });
  if (text.includes('\0')) throw new Refusal('label-nul', {});
  return { label: text };
}

/** @throws Refusal `bad-uuid` */
export function parseUuid(text: string): Partial<Options> {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) throw new Refusal('bad-uuid', { text });
  return { uuid: text.toLowerCase() };
}

export const OPTIONS: readonly OptionRow[] = [
  {
    flag: 'profile',
    value: 'default|original',
    help: "original: byte for byte what nixpkgs' make-ext4-fs.nix of 2015 meant to make",
    set: oneOf('profile', 'profile', 'default', 'original'),
  },
  { flag: 'label', value: 'TEXT', help: 'volume label, at most 16 bytes of UTF-8 (NIXOS)', set: parseLabel },
  { flag: 'uuid', value: 'UUID', help: `filesystem UUID and hash seed (${DEFAULTS.uuid})`, set: parseUuid },
  {
    flag: 'time',
    value: 'SECONDS',
    help: "every timestamp in the image (1, Nix's own)",
    set: integer('time', 'time', 2 ** 31 - 1),
  },
  { flag: 'uid', value: 'N', help: 'owner of store entries (0)', set: integer('uid', 'uid', 2 ** 32 - 2) },
  { flag: 'gid', value: 'N', help: 'group of store entries (30000, nixbld)', set: integer('gid', 'gid', 2 ** 32 - 2) },
  {
    flag: 'size',
    value: 'fit|original|N[K|M|G]',
    help: 'image size (fit: what the contents and the headrooms need)',
    set: (text) => ({ size: text === 'fit' || text === 'original' ? text : bytes('size', text) }),
  },
  {
    flag: 'headroom',
    value: 'N[K|M|G]',
    help: 'bytes left free (16M)',
    set: (text) => ({ headroom: bytes('headroom', text) }),
  },
  {
    flag: 'inode-headroom',
    value: 'N',
    help: 'inodes left free (1024)',
    set: integer('inode-headroom', 'inodeHeadroom', 2 ** 31),
  },
  {
    flag: 'reserved',
    value: 'N%',
    help: "share of the blocks that only root may take, as mke2fs' -m (5%)",
    set: (text) => ({ reserved: percent('reserved', text) }),
  },
  {
    flag: 'journal',
    value: 'default|none',
    help: "with mke2fs' journal for the size, or without one (default)",
    set: oneOf('journal', 'journal', 'default', 'none'),
  },
  {
    flag: 'links',
    value: 'keep|copy|dedupe',
    help: 'hard links: as in the archive, none, or between all identical files of the store (keep)',
    set: oneOf('links', 'links', 'keep', 'copy', 'dedupe'),
  },
  {
    flag: 'max-expanded',
    value: 'auto|N[K|M|G]',
    help: 'what a compressed archive may expand to (auto: 16G, or 200 times its size)',
    set: (text) => ({ maxExpanded: text === 'auto' ? text : bytes('max-expanded', text) }),
  },
  {
    flag: 'features',
    value: 'classic|modern|u-boot',
    help: 'ext4 features that every common reader knows, that e2fsprogs makes today, or that U-Boot writes (classic)',
    set: oneOf('features', 'features', 'classic', 'modern', 'u-boot'),
  },
  {
    flag: 'index-directories',
    help: 'large directories with a hash index, by e2fsck -D',
    set: () => ({ indexDirectories: true }),
  },
  {
    flag: 'registration',
    value: 'full|zero|none',
    help: 'nix-path-registration: full has real NAR hashes and sizes (full)',
    set: oneOf('registration', 'registration', 'full', 'zero', 'none'),
  },
  {
    flag: 'allow-missing',
    help: 'references to paths that are missing are warnings',
    set: () => ({ allowMissing: true }),
  },
  {
    flag: 'root',
    value: '/|/nix|/nix/store',
    help: 'where the filesystem will be mounted: what of the archive is inside it (/)',
    set: oneOf('root', 'root', '/', '/nix', '/nix/store'),
  },
  {
    flag: 'nixos',
    help: 'ready for NixOS to boot: system profile, GC root, /sbin/init, empty directories',
    set: () => ({ nixos: true }),
  },
  {
    flag: 'system',
    value: 'PATH',
    help: '--nixos with this system (the store path with an init that no other such path refers to)',
    set: (text) => ({ nixos: true, system: text }),
  },
  {
    flag: 'disk',
    value: 'none|mbr|gpt',
    help: "a partition table around the filesystem, as NixOS' SD images have it (none)",
    set: oneOf('disk', 'disk', 'none', 'mbr', 'gpt'),
  },
  {
    flag: 'compress',
    value: 'none|gzip|zstd',
    help: 'the image as .img.gz or .img.zst (none)',
    set: oneOf('compress', 'compress', 'none', 'gzip', 'zstd'),
  },
  {
    flag: 'sparse',
    help: 'what is all zeros takes no room in the file (every block is allocated)',
    set: () => ({ sparse: true }),
  },
  {
    flag: 'bmap',
    help: 'a block map beside the image, which lets flashing tools skip what is unused',
    set: () => ({ bmap: true }),
  },
  { flag: 'audit', help: 'read every file of the image back and compare', set: () => ({ audit: true }) },
  { flag: 'no-check', help: 'skip e2fsck', set: () => ({ check: false }) },
];

/** Options from what was given explicitly, over the chosen profile's defaults. */
export function decide(given: Partial<Options>): Options {
  return { ...PROFILES[given.profile ?? 'default'], ...given };
}
