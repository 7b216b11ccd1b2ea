/**
 * What a NixOS system is and how it boots, read from its closure. Sources: NixOS RFC 0125 (bootspec v1, `boot.json`), or,
 * for systems without it, the links and files of the toplevel, as nixpkgs' nixos/modules/system/activation made them.
 */
import type { Tree } from '../archive/index.ts';
import { type ByteString, display, toBytes } from '../bytes.ts';
import { Refusal } from '../errors.ts';
import { type Mount, readFstab } from './fstab.ts';
import { readSmall, resolve } from './resolve.ts';

/** One way to boot: the system itself, or a specialisation of it. */
export interface Generation {
  readonly toplevel: string;
  /** For people: name and version. */
  readonly label: string;
  readonly kernel: string;
  readonly kernelParams: readonly string[];
  readonly initrd: string | undefined;
  readonly init: string;
  /** A program that would have to add secrets to the initrd. */
  readonly initrdSecrets: string | undefined;
}

/** As `storeimg inspect --json` has it. */
export interface System extends Generation {
  /** As Nix names it: `x86_64-linux`. */
  readonly architecture: string | undefined;
  readonly specialisations: Readonly<Record<string, Generation>>;
  /** Where it mounts `/` and `/boot` from, as its fstab says; `undefined` where it does not say. */
  readonly rootDevice: string | undefined;
  readonly rootType: string | undefined;
  readonly bootDevice: string | undefined;
  /** What lies in the closure that can start it. */
  readonly loaders: Loaders;
}

export interface Loaders {
  /** systemd-boot, as an EFI program. */
  readonly systemdBoot: string | undefined;
  /** The folder of device trees. */
  readonly deviceTrees: string | undefined;
}

const V1 = 'org.nixos.bootspec.v1';
const SPECIALISATION = 'org.nixos.specialisation.v1';

/** systemd-boot's file name by architecture. */
const EFI_NAMES: Readonly<Record<string, string>> = {
  'x86_64-linux': 'x64',
  'aarch64-linux': 'aa64',
  'i686-linux': 'ia32',
};

/**
 * @param toplevel the system's store path
 * @throws Refusal `system-bootspec` where its boot.json can't be understood
 */
export async function readSystem(tree: Tree, toplevel: ByteString): Promise<System> {
  const { generation, specialisations, system } =
    (await fromBootspec(tree, toplevel)) ?? (await fromLinks(tree, toplevel));
  const architecture = system ?? textLine(await readSmall(tree, `${toplevel}/system`));
  const mounts = readFstab((await readSmall(tree, `${toplevel}/etc/fstab`)) ?? '');
  const mounted = (folder: string): Mount | undefined => mounts.findLast((mount) => mount.folder === folder);
  const [root, boot] = [mounted('/'), mounted('/boot')];
  return {
    ...generation,
    toplevel: display(toplevel),
    architecture,
    specialisations,
    rootDevice: root && display(root.device),
    rootType: root && display(root.type),
    bootDevice: boot && display(boot.device),
    loaders: loadersOf(tree, toplevel, architecture),
  };
}

interface Read {
  readonly generation: Generation;
  readonly specialisations: Readonly<Record<string, Generation>>;
  readonly system: string | undefined;
}

async function fromBootspec(tree: Tree, toplevel: ByteString): Promise<Read | undefined> {
  const text = await readSmall(tree, `${toplevel}/boot.json`);
  if (text === undefined) return undefined;
  const refuse = (why: string) => new Refusal('system-bootspec', { path: `${toplevel}/boot.json`, why });
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(toBytes(text)));
  } catch (error) {
    throw refuse((error as Error).message);
  }
  const spec = Object(json) as Readonly<Record<string, unknown>>;
  const specialisations = Object.entries(Object(spec[SPECIALISATION])).map(([name, inner]) => {
    const { [V1]: nested } = Object(inner) as Readonly<Record<string, unknown>>;
    return [name, generationOf(nested, `${SPECIALISATION}.${name}`, refuse)] as const;
  });
  const { system } = Object(spec[V1]) as { readonly system?: unknown };
  return {
    generation: generationOf(spec[V1], V1, refuse),
    specialisations: Object.fromEntries(specialisations),
    system: typeof system === 'string' ? system : undefined,
  };
}

function generationOf(given: unknown, place: string, refuse: (why: string) => Refusal): Generation {
  if (typeof given !== 'object' || given === null) throw refuse(`it has no ${place}`);
  const fields = given as Readonly<Record<string, unknown>>;
  const text = (key: string): string => {
    const value = fields[key];
    if (typeof value !== 'string') throw refuse(`${place} has no ${key}`);
    return value;
  };
  const optional = (key: string) => (fields[key] === undefined || fields[key] === null ? undefined : text(key));
  const { kernelParams } = fields;
  if (!Array.isArray(kernelParams) || !kernelParams.every((word) => typeof word === 'string'))
    throw refuse(`${place} has no kernelParams`);
  return {
    toplevel: text('toplevel'),
    label: text('label'),
    kernel: text('kernel'),
    kernelParams,
    initrd: optional('initrd'),
    init: text('init'),
    initrdSecrets: optional('initrdSecrets'),
  };
}

async function fromLinks(tree: Tree, toplevel: ByteString): Promise<Read> {
  const folder = resolve(tree, `${toplevel}/specialisation`);
  const specialisations: Record<string, Generation> = {};
  for (const name of (folder && tree.children.get(folder)?.keys()) ?? []) {
    const place = resolve(tree, `${toplevel}/specialisation/${name}`);
    if (place) specialisations[display(name)] = await generationAt(tree, `/${place.path}`);
  }
  return { generation: await generationAt(tree, toplevel), specialisations, system: undefined };
}

async function generationAt(tree: Tree, toplevel: ByteString): Promise<Generation> {
  const version = textLine(await readSmall(tree, `${toplevel}/nixos-version`));
  const parameters = textLine(await readSmall(tree, `${toplevel}/kernel-params`)) ?? '';
  const linked = (name: string): string | undefined => {
    const node = resolve(tree, `${toplevel}/${name}`);
    return node && display(`/${node.path}`);
  };
  return {
    toplevel: display(toplevel),
    label: `NixOS${version === undefined ? '' : ` ${version}`}`,
    kernel: linked('kernel') ?? `${display(toplevel)}/kernel`,
    kernelParams: parameters.split(' ').filter((word) => word !== ''),
    initrd: linked('initrd'),
    init: `${display(toplevel)}/init`,
    initrdSecrets: linked('append-initrd-secrets'),
  };
}

const textLine = (text: ByteString | undefined): string | undefined =>
  text === undefined ? undefined : display(text.trim());

function loadersOf(tree: Tree, toplevel: ByteString, architecture: string | undefined): Loaders {
  const name = EFI_NAMES[architecture ?? ''];
  const store = resolve(tree, '/nix/store');
  const found = [...((store && name ? tree.children.get(store) : undefined)?.keys() ?? [])]
    .map((base) => `/nix/store/${base}/lib/systemd/boot/efi/systemd-boot${name}.efi`)
    .find((path) => resolve(tree, path)?.inode.type === 'file');
  const trees = resolve(tree, `${toplevel}/dtbs`);
  return {
    systemdBoot: found && display(found),
    deviceTrees: trees?.inode.type === 'directory' ? display(`/${trees.path}`) : undefined,
  };
}
