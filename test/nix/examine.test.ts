/** What contents and manifests say held against each other: every finding by what is wrong, in every mode. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { build, storeimg } from '../cli/storeimg.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { directory, file, pack, symlinkTo, type Tree, writeTree } from '../fixtures/tree.ts';
import { readFromImage } from '../oracles/native.ts';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);

/** A store path by one character of its hash. */
const pathOf = (letter: string) => `nix/store/${letter.repeat(32)}-${letter}`;
const [A, B, C, D] = ['a', 'b', 'c', 'd'].map((letter) => `/${pathOf(letter)}`) as [string, string, string, string];
const hashOf = (path: string) => path.slice(11, 43);

let made = 0;
async function archiveOf(tree: Tree): Promise<string> {
  const name = `archive-${made++}`;
  await mkdir(at(name));
  await writeTree(at(name), tree);
  await pack(at(name), at(`${name}.tar`));
  return at(`${name}.tar`);
}

async function manifestFile(name: string, text: string): Promise<string[]> {
  await writeFile(at(name), text);
  return ['--manifest', at(name)];
}

/** exportReferencesGraph records. */
const graph = (references: Readonly<Record<string, readonly string[]>>) =>
  Object.entries(references)
    .map(([path, list]) => [path, '', list.length, ...list, ''].join('\n'))
    .join('');

async function inspect(words: readonly string[]) {
  const { status, stdout } = await storeimg(['inspect', '--quiet', '--json', ...words]);
  return { status, ...JSON.parse(stdout.toString()) };
}

async function built(words: readonly string[]) {
  const { stdout } = await storeimg(['build', '--quiet', '--json', '-o', at('mentions.img'), ...words]);
  return JSON.parse(stdout.toString());
}

const files = (contents: Readonly<Record<string, string>>): Tree =>
  Object.fromEntries(Object.entries(contents).map(([path, text]) => [path.slice(1), file(text)]));

test('modes that Nix would not have given, once a store path, with what its NAR makes of them', async () => {
  const archive = await archiveOf({
    ...files({ [A]: 'as it should be' }),
    [pathOf('b')]: directory(),
    [`${pathOf('b')}/bin`]: directory(),
    [`${pathOf('b')}/bin/sudo`]: file('', 0o4755),
    [`${pathOf('b')}/secret`]: file('', 0o600),
    [pathOf('c')]: file('', 0o644),
    [pathOf('d')]: directory(0o1777),
    [pathOf('f')]: symlinkTo('/etc'),
    'etc/hosts': file('', 0o600),
  });
  expect((await inspect([archive])).warnings).toEqual([
    expect.stringContaining(
      `${B}: “bin/sudo” (and 1 more in it) has the mode 04755 where Nix has 0444 or 0555: its NAR makes it executable, 0555;`,
    ),
    expect.stringContaining(
      `${C} has the mode 0644 where Nix has 0444 or 0555: its NAR makes it not executable, 0444;`,
    ),
    expect.stringContaining(`${D} has the mode 01777 where Nix has 0555: its NAR makes it a directory, 0555;`),
  ]);
});

test('what is wrong with several paths is said of each, and the rest is shown', async () => {
  const archive = await archiveOf({
    ...files({ [A]: 'a', [B]: 'b' }),
    'nix/store/notes': directory(),
    'nix/store/.trash': directory(),
  });
  const words = [archive, ...(await manifestFile('more', graph({ [A]: [A, C, D], [B]: [D], [`${C}-absent`]: [] })))];
  const { status, errors, storePaths } = await inspect(words);
  expect(errors).toEqual([
    expect.stringContaining('“nix/store/.trash” lies in /nix/store and is no store path'),
    expect.stringContaining('“nix/store/notes” lies in /nix/store and is no store path'),
    `more names ${C}-absent, which the archive lacks: put the whole closure into the archive (nix-store -qR).`,
    expect.stringMatching(
      `^${C} is neither in the archive nor in a manifest, and ${A} refers to it: .*--allow-missing`,
    ),
    expect.stringMatching(`^${D} is neither .*, and ${A} \\(and 1 more\\) refers to it`),
  ]);
  expect({ status, paths: storePaths.length }).toEqual({ status: 1, paths: 2 });
  const { stderr } = await storeimg(['build', '--quiet', '-o', at('none'), ...words]);
  expect(stderr).toBe(`storeimg: ${errors[0]} There are 4 more problems: storeimg inspect lists all.\n`);
});

describe('circles', () => {
  const contents = { [A]: B, [B]: `${B} ${C}`, [C]: A, [D]: D };
  const circle = `The references of 3 paths go in a circle: ${A} → ${B} → ${C} → ${A}; Nix can't register that: `;

  test('in contents: give a manifest, or register nothing', async () => {
    const archive = await archiveOf(files(contents));
    const { errors, roots } = await inspect([archive]);
    expect(errors).toEqual([
      `${circle}give a manifest that knows which of them are real, or leave the registration out with --registration none.`,
    ]);
    expect(roots).toEqual([D]);
    expect((await inspect([archive, '--registration', 'none'])).errors).toEqual([]);
    await build(at('circle'), [archive, '--registration', 'none']);
    const manifest = await manifestFile('straight', graph({ [A]: [B], [B]: [C], [C]: [], [D]: [] }));
    await build(at('circle'), [archive, ...manifest]);
  });

  test('in manifests: make them again; every circle is said', async () => {
    const others = ['f', 'g'].map((letter) => `/${pathOf(letter)}`) as [string, string];
    const archive = await archiveOf(files({ ...Object.fromEntries([A, B, C, ...others].map((path) => [path, ''])) }));
    const references = { [A]: [B], [B]: [C], [C]: [A], [others[0]]: [others[1]], [others[1]]: others };
    const { errors } = await inspect([archive, ...(await manifestFile('circles', graph(references)))]);
    expect(errors).toEqual([
      `${circle}make the manifest again.`,
      expect.stringContaining(`of 2 paths go in a circle: ${others[0]} → ${others[1]} → ${others[0]};`),
    ]);
  });
});

test('a store path’s mentions of paths that the archive lacks are one line, with the place of the first; all in JSON', async () => {
  const [inContent, inTarget] = [`/${pathOf('x')}`, `/${pathOf('z')}`];
  const archive = await archiveOf({
    [`${pathOf('a')}/0-first`]: file('nothing'),
    [`${pathOf('a')}/1-link`]: symlinkTo(`${inTarget}/bin`),
    [`${pathOf('a')}/2-then`]: file(`the content that follows, with ${inContent}/share`),
    [`${pathOf('a')}/3-last`]: file(`${inTarget} and ${inContent}`),
    [`${pathOf('b')}/again`]: file(`${inContent}`),
  });
  const { warnings, mentions } = await inspect([archive]);
  expect(warnings.filter((warning: string) => warning.includes('mentions'))).toEqual([
    expect.stringMatching(
      `^${A} mentions /nix/store/z{32}-… in “${pathOf('a')}/1-link” \\(and 1 more\\), which the archive lacks`,
    ),
    expect.stringMatching(`^${B} mentions /nix/store/x{32}-… in “${pathOf('b')}/again”, which the archive lacks`),
  ]);
  const [x, z] = [hashOf(inContent), hashOf(inTarget)];
  expect(mentions).toEqual([
    { path: A, hashes: [z, x] },
    { path: B, hashes: [x] },
  ]);
  const { closure } = await built([archive]);
  expect(closure.mentions).toEqual(mentions);
});

describe('manifests that were not meant to be files', () => {
  test.each([
    [
      'cut off in its second record',
      `${A}\n\n1\n${A}\n${A}\n`,
      /begins like a closure manifest, and is copied .*: .*manifest, line 6: the file ends where/,
    ],
    ['with Windows line ends', `${A}\r\n\r\n0\r\n`, /line 1: its lines end in CR LF/],
    ['JSON, cut off', `[{"path": "${A}", "references": []}, {`, /line 1: it is no well-formed JSON/],
  ])('%s', async (_, text, sentence) => {
    const { warnings, errors } = await inspect([await archiveOf({ ...files({ [A]: 'a' }), manifest: file(text) })]);
    expect({ warnings, errors }).toEqual({ warnings: [expect.stringMatching(sentence)], errors: [] });
  });

  test('a file that begins otherwise is a file', async () => {
    const { warnings } = await inspect([
      await archiveOf({ ...files({ [A]: 'a' }), text: file(`${A}\nand more\n`), json: file('{}') }),
    ]);
    expect(warnings).toEqual([]);
  });
});

describe('hashes and sizes that manifests know', () => {
  const record = (hash: string, size: number, deriver = '') => `${A}\n${hash}\n${size}\n${deriver}\n0\n`;
  const zeros = '0'.repeat(64);
  const wrong = '1'.repeat(64);

  const facts = async () => {
    const archive = await archiveOf(files({ [A]: 'content' }));
    const [{ narHash, narSize }] = (await inspect([archive])).storePaths;
    return { archive, right: narHash as string, size: narSize as number };
  };

  test.each([
    ['full', 'default'],
    ['zero', 'default'],
    ['none', 'default'],
    ['zero', 'original'],
    ['none', 'original'],
  ])('are held against the contents: --registration %s, profile %s', async (registration, profile) => {
    const { archive, right, size } = await facts();
    const words = ['--registration', registration, '--profile', profile, '--size', '1M'];
    const buildWith = async (text: string) =>
      storeimg(['build', '--quiet', '-o', at('held'), archive, ...(await manifestFile('held.db', text)), ...words]);
    expect(await buildWith(record(wrong, 0))).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(`${A} has the NAR hash`),
    });
    expect(await buildWith(record(zeros, size + 8))).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('bytes as NAR'),
    });
    expect(await buildWith(record(right, size))).toMatchObject({ status: 0, stderr: '' });
  });

  test('of several manifests the one that is wrong is named, whichever comes last', async () => {
    const { archive, right, size } = await facts();
    const good = await manifestFile('good.db', record(right, size));
    const bad = await manifestFile('bad.db', record(wrong, size));
    for (const words of [
      [...good, ...bad],
      [...bad, ...good],
    ])
      expect((await inspect([archive, ...words])).errors).toEqual([
        expect.stringMatching(/, and bad\.db says sha256:.*: another manifest says what the content is/),
      ]);
    const other = await manifestFile('other.db', record(zeros, size + 8));
    expect((await inspect([archive, ...bad, ...other])).errors).toEqual([
      expect.stringContaining(`and other.db says ${size + 8}`),
    ]);
  });

  test('a deriver is not unlearnt, and is what the original left empty', async () => {
    const { archive } = await facts();
    const drv = `${D}.drv`;
    const words = [
      archive,
      ...(await manifestFile('with', record(zeros, 0, drv))),
      ...(await manifestFile('without', graph({ [A]: [] }))),
    ];
    const registered = async (...more: string[]) => {
      await build(at('derived'), [...words, ...more, '--size', '1M']);
      return (await readFromImage(at('derived'), '/nix-path-registration')).toString();
    };
    expect(await registered('--registration', 'zero')).toBe(record(zeros, 0, drv));
    expect(await registered('--profile', 'original')).toBe(record(zeros, 0));
    expect((await registered()).split('\n')[3]).toBe(drv);
  });
});

describe('--why', () => {
  const archive = () => archiveOf(files({ [A]: `${B}`, [B]: '', [C]: D, [D]: C }));

  test.each([
    ['itself', B],
    ['a slash at its end', `${B}/`],
    ['no slash before it', B.slice(1)],
    ['its base name', B.slice(11)],
    ['its hash', hashOf(B)],
    ['something in it', `${B}/bin/sh`],
  ])('a path by %s', async (_, word) => {
    const words = [await archive(), '--registration', 'none', '--why', word];
    expect(await inspect(words)).toMatchObject({ status: 0, why: [{ from: A, to: B, file: A.slice(1) }] });
  });

  test('a path that the archive lacks is refused', async () => {
    for (const word of [`/${pathOf('x')}`, 'b', '/etc', '']) {
      const { status, error } = await inspect([await archive(), `--why=${word}`]);
      expect({ status, error }).toEqual({
        status: 1,
        error: expect.stringContaining(`“${word}” is no store path of the archive`),
      });
    }
  });

  test('a root is one; what is in a circle is shown the circle', async () => {
    const words = ['--quiet', await archive(), '--registration', 'none'];
    const said = async (path: string) => (await storeimg(['inspect', ...words, '--why', path])).stdout.toString();
    expect((await inspect([...words, '--why', A])).why).toEqual([]);
    expect(await said(A)).toContain(`why ${A}:\nit is a root: no other path refers to it\n`);
    expect(await said(C)).toContain(
      `no root leads there, but a circle of references\n${C}\n  → ${D} (in ${C.slice(1)})\n${D}\n  → ${C} (in ${D.slice(1)})\n`,
    );
  });
});

test('lists are folded for people, and whole in JSON', async () => {
  const letters = [...'0123456789abcdfghijklmnpqrsvwxyz'];
  const archive = await archiveOf(Object.fromEntries(letters.map((letter) => [pathOf(letter), file('', 0o600)])));
  expect((await inspect([archive])).warnings).toHaveLength(letters.length);
  const lines = (await storeimg(['inspect', '--quiet', archive])).stdout.toString().match(/^warning: .*$/gm)!;
  expect(lines).toHaveLength(21);
  expect(lines.at(-1)).toBe(`warning: and ${letters.length - 20} more; --json lists all`);
});
