/** Several archives, one over the other, and filesystems for other mount points. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { build } from '../cli/storeimg.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { run } from '../fixtures/process.ts';
import { kinds, tiny } from '../fixtures/small-closures.ts';
import { directory, file, hardLinkTo, packTree, symlinkTo, type Tree, unpack } from '../fixtures/tree.ts';
import { DEFAULT_PROFILE } from '../oracles/kernel.ts';
import { readFromImage, statInImage } from '../oracles/native.ts';
import { satisfiesEveryOracle } from './oracles.ts';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const [storePath] = Object.keys(tiny);

const base: Tree = {
  ...kinds,
  'boot/config': file('old'),
  'boot/kernel': file('kernel', 0o644),
  'boot/again': hardLinkTo('boot/config'),
  'etc/motd': file('hello\n'),
};
const over: Tree = {
  'boot/config': file('new', 0o600, [1000, 100]),
  'boot/firmware/blob': file('\0\x01\x02'),
  etc: symlinkTo('boot'),
};
const firmware: Tree = { 'boot/firmware': directory(0o700), 'boot/firmware/blob': file('newer') };
/** The directories that mount points stand for, as a real store has them. */
const mountPoints: Tree = {
  nix: directory(0o711),
  'nix/store': directory(0o1775, [0, 30000]),
  'nix/var': directory(0o700),
};

beforeAll(async () => {
  for (const [name, tree] of Object.entries({ base, over, firmware, root: mountPoints }))
    await packTree(folder, name, tree);
  // What is left of `etc` has to go before GNU tar puts a symbolic link there.
  await unpack(at('base.tar'), at('tree'));
  await run('rm', ['-r', at('tree/etc')]);
  for (const name of ['over', 'firmware']) await unpack(at(`${name}.tar`), at('tree'));
  for (const name of ['base', 'root']) await unpack(at(`${name}.tar`), at('root.unpacked'));
});

describe('archives over each other', () => {
  const own = at('over-each-other');
  beforeAll(() => mkdir(own));
  satisfiesEveryOracle({
    folder: own,
    words: [at('base.tar'), at('over.tar'), at('firmware.tar')],
    tree: at('tree'),
    expectation: DEFAULT_PROFILE,
  });
  test('what is hidden is said', async () => {
    const { warnings } = await build(join(own, 'image'), [at('base.tar'), at('over.tar')]);
    expect(warnings).toContain('“etc” is a directory that a later archive replaces, with all that was in it.');
  });
});

describe.each([
  ['/nix', 'nix/', 5, '0711', 0],
  ['/nix/store', 'nix/store/', 6, '01775', 30000],
])('a filesystem for %s', (root, below, more, mode, group) => {
  const own = at(`for${root.replaceAll('/', '-')}`);
  const words = [at('base.tar'), at('root.tar'), '--root', root];
  beforeAll(() => mkdir(own));
  satisfiesEveryOracle({
    folder: own,
    words,
    tree: at('root.unpacked'),
    expectation: { ...DEFAULT_PROFILE, root: below },
  });
  test('its root is that directory of the archive, its registration lies in it, the rest is left out', async () => {
    const { warnings } = await build(join(own, 'image'), words);
    expect(warnings).toContain(
      `“boot” and ${more} more lie outside ${root}, where this filesystem will be mounted: left out.`,
    );
    const facts = (await statInImage(join(own, 'image'), '/')).toString();
    expect(facts).toMatch(new RegExp(`Mode: +${mode} `));
    expect(facts).toMatch(new RegExp(`User: +0 +Group: +${group} `));
    const registration = await readFromImage(join(own, 'image'), '/nix-path-registration');
    expect(registration.toString()).toContain(`/${storePath!.slice(0, storePath!.lastIndexOf('/'))}\n`);
  });
});

test('what the filesystem has itself is left out, with a warning', async () => {
  await packTree(folder, 'own', { ...tiny, 'lost+found': directory(0o700), 'lost+found/#12': file('found') });
  expect((await build(at('own.img'), [at('own.tar')])).warnings).toContain(
    '“lost+found” and 1 more lie where the filesystem has something of its own: left out.',
  );
});
