/** What a NixOS system in an archive is, by its boot.json or by its links. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { System } from '../../src/core/index.ts';
import { decide } from '../../src/core/index.ts';
import { deviceName, readFstab, rootMismatch } from '../../src/core/system/index.ts';
import { openInMemory } from '../build/in-memory.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { directory, file, packTree, symlinkTo, type Tree } from '../fixtures/tree.ts';

const folder = temporaryFolder();
const at = (letter: string, name: string) => `/nix/store/${letter.repeat(32)}-${name}`;
const [toplevel, kernel, initrd, etc, systemd, special] = [
  at('1', 'nixos-system-box-24.05'),
  at('2', 'linux-6.6.32'),
  at('3', 'initrd-linux-6.6.32'),
  at('4', 'etc'),
  at('5', 'systemd-255.6'),
  at('6', 'nixos-system-box-24.05-debug'),
] as const;

const FSTAB = `# made by NixOS
/dev/disk/by-label/root\\x20disk / ext4 x-initrd.mount 0 1
LABEL=ESP /boot vfat defaults 0 2
`;

/** Both systems, their kernel, initrd and systemd, as links lead to them. */
const links: Tree = {
  [`${kernel}/bzImage`.slice(1)]: file('kernel'),
  [`${kernel}/dtbs/board.dtb`.slice(1)]: file('tree'),
  [`${initrd}/initrd`.slice(1)]: file('initrd'),
  [`${etc}/etc/static-fstab`.slice(1)]: file(FSTAB),
  [`${etc}/etc/fstab`.slice(1)]: symlinkTo('static-fstab'),
  [`${systemd}/lib/systemd/boot/efi/systemd-bootx64.efi`.slice(1)]: file('MZ'),
  [`${special}/init`.slice(1)]: file('#!', 0o555),
  [`${special}/kernel`.slice(1)]: symlinkTo(`${kernel}/bzImage`),
  [`${special}/kernel-params`.slice(1)]: file('debug'),
  [`${toplevel}/init`.slice(1)]: file('#!', 0o555),
  [`${toplevel}/kernel`.slice(1)]: symlinkTo(`${kernel}/bzImage`),
  [`${toplevel}/initrd`.slice(1)]: symlinkTo(`${initrd}/initrd`),
  [`${toplevel}/dtbs`.slice(1)]: symlinkTo(`${kernel}/dtbs`),
  [`${toplevel}/etc`.slice(1)]: symlinkTo(`${etc}/etc`),
  [`${toplevel}/kernel-params`.slice(1)]: file('loglevel=4  console=ttyS0\n'),
  [`${toplevel}/nixos-version`.slice(1)]: file('24.05.1'),
  [`${toplevel}/system`.slice(1)]: file('x86_64-linux'),
  [`${toplevel}/specialisation`.slice(1)]: directory(),
  [`${toplevel}/specialisation/debug`.slice(1)]: symlinkTo(special),
};

const bootspec = (name: string) => ({
  'org.nixos.bootspec.v1': {
    system: 'x86_64-linux',
    label: `NixOS ${name}`,
    toplevel: name === 'debug' ? special : toplevel,
    kernel: `${kernel}/bzImage`,
    kernelParams: [name],
    initrd: `${initrd}/initrd`,
    init: `${toplevel}/init`,
  },
});
const whole = { ...bootspec('box'), 'org.nixos.specialisation.v1': { debug: bootspec('debug') } };

async function inspected(tree: Tree) {
  const name = `system-${made++}`;
  await packTree(folder, name, tree);
  const session = await openInMemory(await readFile(join(folder, `${name}.tar`)));
  return session.inspect(decide({ allowMissing: true }));
}
let made = 0;

test('by its links: kernel, initrd, parameters, mounts, loaders, specialisations', async () => {
  const { systems } = await inspected(links);
  expect(systems).toEqual<System[]>([
    {
      toplevel,
      label: 'NixOS 24.05.1',
      architecture: 'x86_64-linux',
      kernel: `${kernel}/bzImage`,
      kernelParams: ['loglevel=4', 'console=ttyS0'],
      initrd: `${initrd}/initrd`,
      init: `${toplevel}/init`,
      initrdSecrets: undefined,
      rootDevice: '/dev/disk/by-label/root\\x20disk',
      rootType: 'ext4',
      bootDevice: 'LABEL=ESP',
      loaders: {
        systemdBoot: `${systemd}/lib/systemd/boot/efi/systemd-bootx64.efi`,
        deviceTrees: `${kernel}/dtbs`,
      },
      specialisations: {
        debug: {
          toplevel: special,
          label: 'NixOS',
          kernel: `${kernel}/bzImage`,
          kernelParams: ['debug'],
          initrd: undefined,
          init: `${special}/init`,
          initrdSecrets: undefined,
        },
      },
    },
  ]);
});

test('by its boot.json, which goes before links', async () => {
  const { systems } = await inspected({ ...links, [`${toplevel}/boot.json`.slice(1)]: file(JSON.stringify(whole)) });
  const [system] = systems;
  expect(system).toMatchObject({ label: 'NixOS box', kernelParams: ['box'], architecture: 'x86_64-linux' });
  expect(system!.specialisations).toMatchObject({ debug: { label: 'NixOS debug', toplevel: special } });
  expect(system!.rootDevice).toBe('/dev/disk/by-label/root\\x20disk');
});

test.each([
  ['{', /does not say how the system boots \(.*JSON/],
  ['[]', /\(it has no org\.nixos\.bootspec\.v1\)/],
  [
    JSON.stringify({ 'org.nixos.bootspec.v1': { ...bootspec('x')['org.nixos.bootspec.v1'], kernel: 7 } }),
    /has no kernel\)/,
  ],
  [
    JSON.stringify({ ...whole, 'org.nixos.specialisation.v1': { debug: {} } }),
    /has no org\.nixos\.specialisation\.v1\.debug\)/,
  ],
])('a boot.json that says nothing is a warning, and no system: %s', async (text, said) => {
  const { systems, warnings } = await inspected({ ...links, [`${toplevel}/boot.json`.slice(1)]: file(text) });
  expect(systems).toEqual([]);
  expect(warnings.join('\n')).toMatch(said);
});

test('a circle of links ends', async () => {
  const { systems } = await inspected({ ...links, [`${etc}/etc/fstab`.slice(1)]: symlinkTo('fstab') });
  expect(systems[0]).toMatchObject({ rootDevice: undefined, bootDevice: undefined });
});

test('--nixos: a root that the image is not is a warning, before the build', async () => {
  await packTree(folder, 'mismatch', links);
  const session = await openInMemory(await readFile(join(folder, 'mismatch.tar')));
  const given = decide({ allowMissing: true, nixos: true });
  const { warnings } = await session.judge(given);
  expect(warnings).toContainEqual(
    expect.stringMatching(/^The system mounts \/ from .*, and the image's label is NIXOS/),
  );
  const right = await session.judge({ ...given, label: 'root disk' });
  expect(right.warnings.join()).not.toContain('mounts /');
});

test.each<[device: string, type: string, given: Parameters<typeof decide>[0], said: RegExp | undefined]>([
  ['LABEL=NIXOS', 'ext4', {}, undefined],
  ['LABEL=nixos', 'ext4', {}, /build with --label nixos\.$/],
  ['LABEL=NIXOS', 'btrfs', {}, / as btrfs, and this is ext4/],
  ['UUID=44444444-4444-4444-8888-888888888888', 'auto', {}, undefined],
  [
    '/dev/disk/by-uuid/AAAAAAAA-4444-4444-8888-888888888888',
    'ext4',
    {},
    /--uuid aaaaaaaa-4444-4444-8888-888888888888\.$/,
  ],
  ['PARTLABEL=NIXOS', 'ext4', { disk: 'gpt' }, undefined],
  ['PARTLABEL=NIXOS', 'ext4', {}, /build with --disk gpt --label NIXOS\.$/],
  ['PARTUUID=0a0b', 'ext4', { disk: 'gpt' }, /whose UUID no option sets/],
  ['/dev/vda1', 'ext4', {}, /a name that depends on the machine/],
  ['/dev/mapper/crypted', 'ext4', {}, /a name that depends on the machine/],
  ['tmpfs', 'tmpfs', {}, undefined],
])('%s as %s with %o', (rootDevice, rootType, given, said) => {
  const found = rootMismatch({ rootDevice, rootType }, decide(given));
  if (said) expect(found).toMatch(said);
  else expect(found).toBeUndefined();
});

test('fstab: blanks in names, comments, lines that mean nothing', () => {
  expect(readFstab('\n# /dev/sda1 / ext4\n\t/dev/sda1  /with\\040blank\text4 defaults\nLABEL=x\n')).toEqual([
    { device: '/dev/sda1', folder: '/with blank', type: 'ext4' },
  ]);
});

test.each([
  ['LABEL=NIXOS', { by: 'label', value: 'NIXOS' }],
  ['LABEL="two words"', { by: 'label', value: 'two words' }],
  ['/dev/disk/by-label/two\\x20words', { by: 'label', value: 'two words' }],
  ['/dev/disk/by-uuid/ABCD', { by: 'uuid', value: 'abcd' }],
  ['PARTUUID=0A', { by: 'partuuid', value: '0a' }],
  ['PARTLABEL=disk-main-root', { by: 'partlabel', value: 'disk-main-root' }],
  ['/dev/sda2', { by: 'path', value: '/dev/sda2' }],
])('%s is found by', (device, expected) => expect(deviceName(device)).toEqual(expected));
