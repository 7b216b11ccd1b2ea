/** The registration against real Nix: what it says of the same paths, and whether it believes the image. */
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { toHex } from '../../src/core/bytes.ts';
import { parseSha256 } from '../../src/core/nix/hash.ts';
import { parseManifest } from '../../src/core/nix/manifest.ts';
import { build, storeimg } from '../cli/storeimg.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { run } from '../fixtures/process.ts';
import { verifyInstalled } from '../oracles/installed-nix.ts';
import { readFromImage } from '../oracles/native.ts';

const folder = temporaryFolder();
const archive = join(folder, 'store.tar');
const image = join(folder, 'image');

interface Fact {
  readonly path: string;
  readonly narHash: string;
  readonly narSize: number;
  readonly references: readonly string[];
}
let facts: Fact[];

beforeAll(async () => {
  await run('bash', [fileURLToPath(new URL('../fixtures/tricky-closure/make.sh', import.meta.url)), folder]);
  facts = JSON.parse(await readFile(join(folder, 'path-info.json'), 'utf8'));
  expect(facts.length).toBeGreaterThan(300);
  await build(image, [archive]);
});

const byPath = (a: { path: string }, b: { path: string }) => (a.path < b.path ? -1 : 1);

test('without a manifest it equals what Nix itself registered', async () => {
  const registration = await readFromImage(image, '/nix-path-registration');
  expect(registration.toString()).toMatch(/[^\n]\n$/);
  const ours = parseManifest('registration', registration).map(({ path, narHash, narSize, references }) => ({
    path,
    narHash: toHex(narHash!),
    narSize,
    references: [...references],
  }));
  const nix = facts.map(({ path, narHash, narSize, references }) => ({
    path,
    narHash: toHex(parseSha256(narHash)!),
    narSize,
    references: [...references].sort(),
  }));
  expect(ours).toEqual(nix.sort(byPath));
});

test('with derivations among the paths, too, with and without a manifest', async () => {
  const archive = join(folder, 'derivations.tar');
  const manifest = join(folder, 'derivations.db');
  const registered = (bytes: Uint8Array) =>
    parseManifest('registration', bytes)
      .map(({ path, narHash, narSize, references }) => [path, toHex(narHash!), narSize, ...[...references].sort()])
      .sort();
  for (const words of [[], ['--manifest', manifest]]) {
    const { warnings } = await build(join(folder, 'derivations'), [archive, ...words]);
    expect(warnings).toEqual([]);
    const registration = await readFromImage(join(folder, 'derivations'), '/nix-path-registration');
    expect(registered(registration)).toEqual(registered(await readFile(manifest)));
  }
});

test('zeros have the references that contents and manifests tell', async () => {
  const manifest = join(folder, 'half');
  await writeFile(manifest, JSON.stringify(facts.filter((_, index) => index % 2)));
  for (const words of [[], ['--manifest', manifest]]) {
    await build(join(folder, 'zeros'), [archive, '--registration', 'zero', ...words]);
    const registration = await readFromImage(join(folder, 'zeros'), '/nix-path-registration');
    const found = parseManifest('registration', registration).map(({ path, narHash, narSize, references }) => ({
      path,
      narHash,
      narSize,
      references,
    }));
    expect(found).toEqual(
      facts
        .map(({ path, references }) => ({
          path,
          narHash: undefined,
          narSize: undefined,
          references: [...references].sort(),
        }))
        .sort(byPath),
    );
  }
});

test('Nix loads it from the mounted image and finds nothing wrong', async () => {
  expect(await verifyInstalled(image)).toBe('');
});

test('a wrong registration would be noticed: Nix finds zero hashes wrong', async () => {
  const zero = join(folder, 'zero');
  await build(zero, [archive, '--registration', 'zero']);
  expect(await verifyInstalled(zero)).toContain('was modified');
});

test('inspect says the same, and why a path is there', async () => {
  const why = facts.find(({ path }) => path.endsWith('-base'))!.path;
  const { status, stdout } = await storeimg(['inspect', archive, '--json', '--quiet', '--why', why]);
  expect(status).toBe(0);
  const inspection = JSON.parse(stdout.toString());
  expect(
    inspection.storePaths.map(({ path, narSize, references }: Fact) => ({ path, narSize, references })).sort(byPath),
  ).toEqual(
    facts.map(({ path, narSize, references }) => ({ path, narSize, references: [...references].sort() })).sort(byPath),
  );
  expect(inspection.roots).toEqual([expect.stringMatching(/-top$/)]);
  expect(inspection.why).toHaveLength(2);
  expect(inspection.why[0]).toMatchObject({
    from: expect.stringMatching(/-top$/),
    file: expect.stringMatching(/-top\/all$/),
  });
  expect(inspection.why[1].to).toBe(why);
  expect(inspection.warnings).toEqual([
    expect.stringMatching(/-self mentions \/nix\/store\/0{32}-… in “nix\/store\/.*-self\/x”/),
  ]);
});

describe('held against manifests', () => {
  const refused = async (name: string, manifest: string, bytes = archive) => {
    await writeFile(join(folder, name), manifest);
    const { status, stderr } = await storeimg([
      'build',
      bytes,
      '-o',
      join(folder, 'none'),
      '--quiet',
      '--manifest',
      join(folder, name),
    ]);
    expect(status).toBe(1);
    return stderr;
  };
  const json = (change: (facts: Fact[]) => void) => {
    const changed = structuredClone(facts);
    change(changed);
    return JSON.stringify(changed);
  };

  test("real Nix' path-info --json agrees", async () => {
    const { warnings } = await build(join(folder, 'json'), [archive, '--manifest', join(folder, 'path-info.json')]);
    expect(warnings).toEqual([expect.stringContaining('mentions')]);
  });

  test('one flipped byte is found and named', async () => {
    const damaged = join(folder, 'damaged.tar');
    await copyFile(archive, damaged);
    const bytes = await readFile(damaged);
    bytes[bytes.indexOf('end\n')]! ^= 1;
    await writeFile(damaged, bytes);
    const path = facts.find(({ path }) => path.endsWith('-chain-0'))!.path;
    expect(
      await refused(
        'good',
        json(() => {}),
        damaged,
      ),
    ).toContain(`${path} has the NAR hash sha256:`);
  });

  test('a wrong size', async () => {
    expect(
      await refused(
        'size',
        json((all) => Object.assign(all[0]!, { narSize: 7 })),
      ),
    ).toMatch(/as NAR, and size says 7/);
  });

  test('a reference to a path that is nowhere, unless allowed', async () => {
    const missing = '/nix/store/00000000000000000000000000000000-missing';
    const manifest = json((all) => (all[0]!.references as string[]).push(missing));
    expect(await refused('missing', manifest)).toContain(
      `${missing} is neither in the archive nor in a manifest, and ${facts[0]!.path} refers to it`,
    );
    const { closure } = await build(join(folder, 'allowed'), [
      archive,
      '--manifest',
      join(folder, 'missing'),
      '--allow-missing',
    ]);
    expect(closure.missingReferences).toEqual([missing]);
    expect(await verifyInstalled(join(folder, 'allowed'))).toBe('');
  });

  test('a circle', async () => {
    const end = facts.findIndex(({ path }) => path.endsWith('-chain-0'));
    const next = facts.find(({ path }) => path.endsWith('-chain-1'))!.path;
    expect(
      await refused(
        'circle',
        json((all) => (all[end]!.references as string[]).push(next)),
      ),
    ).toMatch(/circle: .*-chain-[01] → .*-chain-[01] → .*-chain-[01]/);
  });

  test('a path that no manifest names is registered from its content, with a warning', async () => {
    await writeFile(
      join(folder, 'part'),
      json((all) =>
        all.splice(
          all.findIndex(({ path }) => path.endsWith('-top')),
          1,
        ),
      ),
    );
    const { warnings } = await build(join(folder, 'part.img'), [archive, '--manifest', join(folder, 'part')]);
    expect(warnings).toContainEqual(expect.stringMatching(/-top is in the archive and in no manifest/));
    expect(await verifyInstalled(join(folder, 'part.img'))).toBe('');
  });

  test('a reference that the manifest lacks is said', async () => {
    const left = facts.findIndex(({ path }) => path.endsWith('-left'));
    await writeFile(
      join(folder, 'less'),
      json((all) => Object.assign(all[left]!, { references: [] })),
    );
    const { warnings } = await build(join(folder, 'less.img'), [archive, '--manifest', join(folder, 'less')]);
    expect(warnings).toContainEqual(
      expect.stringMatching(/-left contains the hash of .*-base, which less does not list/),
    );
  });
});
