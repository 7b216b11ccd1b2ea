/** `--nixos`: an image that is laid out for booting, whatever the archive has beside the store. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { build, storeimg } from '../cli/storeimg.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { run } from '../fixtures/process.ts';
import { directory, file, packTree, symlinkTo, type Tree, unpack } from '../fixtures/tree.ts';
import { collectGarbage } from '../oracles/installed-nix.ts';
import { DEFAULT_PROFILE } from '../oracles/kernel.ts';
import { readFromImage } from '../oracles/native.ts';
import { satisfiesEveryOracle } from './oracles.ts';

const folder = temporaryFolder();
const storePath = (letter: string, name: string) => `nix/store/${letter.repeat(32)}-${name}`;
const SHELL = storePath('a', 'shell');
const SYSTEM = storePath('b', 'nixos-system-host');
const VARIANT = storePath('c', 'nixos-system-host-variant');
const STRAY = storePath('d', 'stray');

/** A system with a specialisation, which is a system, too. */
const system: Tree = {
  [`${SHELL}/bin/sh`]: file('shell', 0o555),
  [`${VARIANT}/init`]: file(`#!/${SHELL}/bin/sh\n`, 0o555),
  [`${SYSTEM}/init`]: file(`#!/${SHELL}/bin/sh\n`, 0o555),
  [`${SYSTEM}/specialisation/variant`]: symlinkTo(`/${VARIANT}`),
  [`${STRAY}/file`]: file('nothing refers to this'),
};

/** As NixOS' make-system-tarball leaves it, and a root that someone has begun. */
const rootBegun: Tree = {
  ...system,
  'sbin/init': symlinkTo(`/${SYSTEM}/init`),
  etc: directory(0o750, [0, 100]),
  'etc/hostname': file('host\n', 0o644),
  'nix/var/nix/profiles/default': symlinkTo(`/${SHELL}`),
};

describe.each([
  ['a store', system],
  ['a root begun', rootBegun],
])('%s', (name, tree) => {
  const own = join(folder, name);
  const unpacked = join(own, 'tree');
  mkdirSync(unpacked, { recursive: true });
  beforeAll(async () => {
    await unpack(await packTree(folder, name, tree), unpacked);
    await run('sh', ['-euc', BY_HAND, 'sh', unpacked, SYSTEM]);
  });
  satisfiesEveryOracle({
    folder: own,
    words: [join(folder, `${name}.tar`), '--nixos'],
    tree: unpacked,
    expectation: DEFAULT_PROFILE,
  });

  test('Nix leaves the system alone when it collects garbage, and only that', async () => {
    const left = await collectGarbage(join(own, 'image'));
    expect(left).toEqual([SHELL, SYSTEM, VARIANT].map((path) => `/${path}`));
  });
});

/** What `--nixos` is to do to an unpacked archive. */
const BY_HAND = `
umask 022
cd "$1"
mkdir -p dev proc sys run etc boot nix/var/nix/profiles nix/var/nix/gcroots sbin
mkdir -m 1777 tmp
chmod 1775 nix/store
chgrp 30000 nix/store
ln -s "/$2" nix/var/nix/profiles/system-1-link
ln -s system-1-link nix/var/nix/profiles/system
ln -s /nix/var/nix/profiles nix/var/nix/gcroots/profiles
ln -sf /nix/var/nix/profiles/system/init sbin/init
`;

describe('the system', () => {
  const refusal = async (tree: Tree, name: string, ...options: string[]) => {
    const { status, stderr } = await storeimg([
      'build',
      '--quiet',
      await packTree(folder, name, tree),
      '--nixos',
      ...options,
    ]);
    expect(status).toBe(1);
    return stderr;
  };

  test('is the one given', async () => {
    const image = join(folder, 'chosen.img');
    await build(image, [join(folder, 'a store.tar'), '--system', `/${VARIANT}`]);
    const target = await readFromImage(image, '/nix/var/nix/profiles/system-1-link');
    expect(target.toString()).toBe(`/${VARIANT}`);
  });

  test.each([
    ['missing', { [`${SHELL}/bin/sh`]: file() }, [], /No store path of the archive has an “init”/],
    [
      'no program',
      { [`${SHELL}/init/sh`]: file(), [`${STRAY}/init`]: file('', 0o444) },
      [],
      /No store path .* an “init”/,
    ],
    [
      'in doubt',
      { ...system, [`${STRAY}/init`]: file('', 0o555) },
      [],
      /b-nixos-system-host, \/nix.*d-stray\): choose/,
    ],
    ['wrong', system, ['--system', `/${SHELL}`], /shell” is no store path .* --system one that has, like .*b-nixos/],
    ['no path', system, ['--system', 'x'], /“x” is no store path/],
    ['in the way', { ...system, etc: file() }, [], /NixOS needs a directory at “etc”/],
    ['over a folder', { ...system, 'sbin/init/x': file() }, [], /NixOS needs a symbolic link at “sbin\/init”/],
  ] as const)('%s: refused in a sentence', async (name, tree, options, sentence) => {
    expect(await refusal(tree as Tree, name, ...options)).toMatch(sentence);
  });
});
