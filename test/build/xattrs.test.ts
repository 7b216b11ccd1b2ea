/** Extended attributes: from GNU tar and bsdtar, through the image, to a kernel. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { build } from '../cli/storeimg.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { run } from '../fixtures/process.ts';
import { kinds, manifestOf } from '../fixtures/small-closures.ts';
import { bytes, file, symlinkTo, type Tree, writeTree } from '../fixtures/tree.ts';
import { DEFAULT_PROFILE, mounted } from '../oracles/kernel.ts';
import { satisfiesEveryOracle } from './oracles.ts';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const [storePath] = Object.keys(kinds);
const PLACES = ['etc/-dash', 'etc/<12>', 'etc', 'etc/link'];

const tree: Tree = {
  ...kinds,
  'etc/-dash': file('x'),
  'etc/<12>': file('y'),
  'etc/full': file('z'),
  'etc/acl': file('a', 0o640),
  'etc/link': symlinkTo('full'),
  [`${storePath}/ping`]: file('ping', 0o555),
};

/** Sets an attribute; values are hexadecimal digits. */
const set = (path: string, name: string, hex: string) =>
  run('setfattr', ['-h', '-n', name, '-v', `0x${hex}`, bytes(`${at('tree')}/${path}`).toString()]);

/** Every byte, NUL first. */
const everyByte = Buffer.from(Array.from({ length: 256 }, (_, index) => index)).toString('hex');
/** VFS_CAP_REVISION_2, effective: net_raw, as file capabilities lie on disk. */
const capability = '0100000200200000000000000000000000000000';

beforeAll(async () => {
  await mkdir(at('tree'));
  await writeTree(at('tree'), tree);
  for (const path of PLACES) await set(path, 'trusted.here', Buffer.from(path).toString('hex'));
  await set(`${storePath}/ping`, 'security.capability', capability);
  await set('etc', 'user.every byte', everyByte);
  await set('etc/-dash', 'user.empty', '');
  await set('etc/-dash', 'user."quoted" \\ = 100%', '22');
  // More than the inode holds, then all that a block holds: 4060 bytes, each attribute with 16 and its name.
  await set('etc/full', 'user.a', '00'.repeat(2000));
  await set('etc/full', 'user.b', '41'.repeat(4060 - 2020 - 20));
  await set('etc/full', 'user.c', '42'.repeat(64));
  await run('setfacl', ['-m', 'user:1000:r,group:100:rw,mask::rw', at('tree/etc/acl')]);
  await run('setfacl', ['-d', '-m', 'user:1000:rwx', at('tree/etc')]);
  const words = ['-C', at('tree'), 'etc', 'nix'];
  await run('tar', ['-cf', at('gnu.tar'), '--xattrs', '--xattrs-include=*', '--sort=name', ...words]);
  await run('bsdtar', ['-cf', at('bsd.tar'), '--format=pax', '--xattrs', '--no-acls', ...words]);
});

/** All attributes below a folder, as getfattr prints them. */
async function attributes(root: string): Promise<string[]> {
  const printed = await run('sh', ['-c', 'cd "$1" && getfattr -R -P -h -d -m - -e hex etc nix', 'sh', root]);
  return printed.toString().trim().split('\n\n').sort();
}

describe.each([
  ['gnu', 'classic', 'nothing'],
  // bsdtar writes ACLs in a form of its own.
  ['bsd', 'u-boot', 'system.posix_acl'],
])('%s tar', (kind, features, lost) => {
  const own = at(kind);
  beforeAll(() => mkdir(own));
  satisfiesEveryOracle({
    folder: own,
    words: [at(`${kind}.tar`), '--features', features, '--audit'],
    tree: at('tree'),
    expectation: { ...DEFAULT_PROFILE, holds: (path) => /^(etc|nix)/.test(path) },
  });
  test('a kernel reads every attribute', async () => {
    const expected = await attributes(at('tree'));
    expect(expected).toHaveLength(7);
    const kept = expected.map((text) => text.split('\n').filter((line) => !line.startsWith(lost)));
    expect(await mounted(join(own, 'image'), attributes)).toEqual(
      kept.filter(({ length }) => length > 1).map((lines) => lines.join('\n')),
    );
  });
});

/** What neither GNU tar nor a kernel would write. */
const TOO_MUCH = `
import sys, tarfile
archive = tarfile.open(sys.argv[1], 'a')
member = tarfile.TarInfo('etc/too much')
member.pax_headers = {f'SCHILY.xattr.{name}': value for name, value in {
    'user.' + 251 * 'n': '', 'user.': '', 'user.big': 4041 * 'x', 'user.fits': 4040 * 'x', 'system.data': 'x',
    'security.ok': 'x', 'unknown.name': 'x', 'system.posix_acl_access': 'x'}.items()}
archive.addfile(member)
archive.close()
`;

test('what ext4 can’t hold is left out, with a warning, and what Nix would not keep is said', async () => {
  await run('tar', ['-cf', at('too-much.tar'), '--format=pax', '--acls', '-C', at('tree'), 'etc', 'nix']);
  await run('python3', ['-c', TOO_MUCH, at('too-much.tar')]);
  const { warnings } = await build(at('too-much.img'), [at('too-much.tar')]);
  expect(warnings).toContain(
    'The extended attribute SCHILY.acl.default of “etc” (and 7 more) is left out: ext4 has no room for it, or no such attribute.',
  );
  const held = await mounted(at('too-much.img'), (root) => run('getfattr', ['-m', '-', `${root}/etc/too much`]));
  expect(held.toString().trim().split('\n').slice(1)).toEqual(['security.ok', 'user.fits']);
  expect((await build(at('store.img'), [at('gnu.tar')])).warnings).toContain(
    `“${storePath}/ping” keeps its extended attributes; Nix would have removed them, and its hashes don’t cover them.`,
  );
});

test('an ACL that GNU tar also writes as text is not said to be left out', async () => {
  const kinds = ['--acls', '--xattrs', '--xattrs-include=*'];
  await run('tar', ['-cf', at('acls.tar'), '--format=pax', ...kinds, '-C', at('tree'), 'etc', 'nix']);
  const { warnings } = await build(at('acls.img'), [at('acls.tar')]);
  expect(warnings.join()).not.toContain('acl');
});

test('the original profile takes none', async () => {
  await writeFile(at('closure-kinds'), manifestOf(kinds));
  await build(at('original.img'), [at('gnu.tar'), '--profile', 'original', '--manifest', at('closure-kinds')]);
  expect(
    await mounted(at('original.img'), (root) => run('getfattr', ['-R', '-P', '-h', '-d', '-m', '-', root])),
  ).toEqual(Buffer.of());
});
