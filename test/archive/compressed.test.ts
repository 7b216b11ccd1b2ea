/** Archives compressed by the real programs, whole and damaged, on the command line. */
import { readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { build, storeimg } from '../cli/storeimg.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { outcome, run } from '../fixtures/process.ts';
import { everyKind } from '../fixtures/small-closures.ts';
import { file, packTree } from '../fixtures/tree.ts';
import { noise } from '../wasm/twins.ts';

const folder = temporaryFolder();
const archive = join(folder, 'store.tar');
let expected: Buffer;

const image = async (path: string) => {
  await build(join(folder, 'image'), [path]);
  return readFile(join(folder, 'image'));
};

beforeAll(async () => {
  // More than one block of each format, of what compresses and what does not.
  const large = Buffer.concat([noise(700_000, 1), Buffer.alloc(3_600_000, 'text '), noise(700_000, 2)]);
  const path = `nix/store/${'0'.repeat(32)}-large`;
  await packTree(folder, 'store', { ...everyKind, [path]: file(large.toString('latin1')) });
  expected = await image(archive);
});

/** What a shell makes of the archive on its standard input. */
const compressions = {
  'gzip -1': 'gzip -1',
  'gzip -9 with a name': 'cat > x; gzip -9 -N -c x',
  'gzip, several members': 'head -c 2000000 | gzip; tail -c +2000001 "$1" | gzip -1',
  'gzip, zeros behind': 'gzip; head -c 100000 /dev/zero',
  'zstd -1': 'zstd -q -1',
  'zstd -19 --long=27': 'zstd -q -19 --ultra --long=27',
  'zstd --long=27, size unknown': 'zstd -q -3 --long=27',
  'zstd, no checksum': 'zstd -q --no-check',
  'zstd, several frames, one to skip': `zstd -q < "$1" > x; printf '\\x50\\x2a\\x4d\\x18\\x03\\0\\0\\0abc'; head -c 0 x; cat x`,
  'zstd, one frame after the other': 'head -c 2000000 | zstd -q; tail -c +2000001 "$1" | zstd -q',
  'xz -T2': 'xz -0 -T2 --block-size=1MiB',
  'xz, no check': 'xz -0 --check=none',
  'xz, crc32': 'xz -0 --check=crc32',
  'xz, sha256': 'xz -0 --check=sha256',
  'xz, filters for x86 and distance': 'xz --x86 --delta=dist=4 --lzma2=preset=0',
  'xz, filter for arm64': 'xz --arm64 --lzma2=preset=0',
  'xz, several streams and padding':
    'head -c 2000000 | xz -0; head -c 8 /dev/zero; tail -c +2000001 "$1" | xz -0; head -c 4 /dev/zero',
  'bzip2 -1': 'bzip2 -1',
  'bzip2, several streams': 'head -c 2000000 | bzip2; tail -c +2000001 "$1" | bzip2 -1',
  lz4: 'lz4 -q',
  'lz4 -9, linked blocks, no checksum': 'lz4 -q -9 -BD --no-frame-crc',
  'lz4, a frame to skip first': `printf '\\x5f\\x2a\\x4d\\x18\\x03\\0\\0\\0abc'; lz4 -q < "$1"`,
  'lz4, several frames': 'head -c 2000000 | lz4 -q; tail -c +2000001 "$1" | lz4 -q -B4',
};

test.each(['BZh', 'BZh91AY&SY', '\x1f\x8b', '(\xb5/\xfd', 'P*M\x18'])(
  'a tar is one, its first name being %j',
  async (name) => {
    const path = join(folder, 'named.tar');
    // The shell's arguments are bytes, Node.js' are text.
    const octal = Array.from(name, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`).join('');
    const script = `cd "$0"; name=$(printf '${octal}'); mkdir -p "$(dirname "$name")"; : > "$name"; tar -cf ../named.tar "$name" nix; rm "$name"`;
    await run('bash', ['-c', script, join(folder, 'store.tree')]);
    const { closure } = await build(join(folder, 'image'), [path]);
    expect(closure.storePaths).toBeGreaterThan(1);
  },
);

/** Compresses by a shell's commands. */
async function compressed(commands: string, input?: Buffer): Promise<Buffer> {
  const script = `set -e; cd "$(dirname "$1")"; ${commands}`;
  return run('bash', ['-c', script, 'bash', archive], { input: input ?? (await readFile(archive)) });
}

test.each(Object.entries(compressions))('%s: the image is that of the plain archive', async (_, commands) => {
  const path = join(folder, 'compressed');
  await writeFile(path, await compressed(commands));
  expect((await image(path)).equals(expected)).toBe(true);
});

test.each(['cat', 'zstd -q'])('standard input by %s', async (commands) => {
  const path = join(folder, 'from-input');
  const built = await outcome(process.execPath, ['bin/storeimg.js', 'build', '--quiet', '-o', path, '-'], {
    input: await compressed(commands),
  });
  expect(built).toMatchObject({ status: 0, stderr: '' });
  expect((await readFile(path)).equals(expected)).toBe(true);
});

describe('what is damaged is refused in a sentence, and nothing is left', () => {
  const path = join(folder, 'damaged.tar');
  const refused = async (bytes: Buffer, words: readonly string[] = []) => {
    await writeFile(path, bytes);
    const before = readdirSync(folder);
    const { status, stderr } = await storeimg(['build', '--quiet', '-o', join(folder, 'none'), ...words, path]);
    expect(status).toBe(1);
    expect(readdirSync(folder)).toEqual(before);
    return stderr;
  };

  const formats = { gzip: 'gzip', zstd: 'zstd -q', xz: 'xz -0', bzip2: 'bzip2', lz4: 'lz4 -q' };
  describe.each(Object.entries(formats))('%s', (name, commands) => {
    let bytes: Buffer;
    beforeAll(async () => {
      bytes = await compressed(commands);
    });

    test('cut off', async () => {
      const cut = await refused(bytes.subarray(0, bytes.length - 5));
      expect(cut).toMatch(new RegExp(`^storeimg: damaged.tar was cut off: its ${name} data .* offset \\d+; .*\\.\\n$`));
      expect(await refused(bytes.subarray(0, bytes.length / 2))).toMatch(/was cut off/);
    });

    test('one bit turned', async () => {
      const turned = Buffer.from(bytes);
      turned[Math.floor(bytes.length / 2)]! ^= 16;
      expect(await refused(turned)).toMatch(
        new RegExp(`^storeimg: damaged.tar is damaged: its ${name} data .* offset \\d+ \\(.+\\); .*\\.\\n$`),
      );
    });

    test('no tar in it', async () => {
      const said = `storeimg: damaged.tar is ${name} data, and what is in it is not a tar archive`;
      const text = await compressed(commands, Buffer.from('This is no archive.\n'.repeat(100)));
      expect(await refused(text)).toContain(`${said} (its first block is no tar header): `);
      expect(await refused(await compressed(commands, Buffer.of()))).toContain(`${said} (it is empty): `);
    });

    test('something else behind it', async () => {
      expect(await refused(Buffer.concat([bytes, Buffer.from('something else')]))).toMatch(/damaged|cut off/);
    });
  });

  test('more than it may expand to', async () => {
    const bytes = await compressed('gzip');
    expect(await refused(bytes, ['--max-expanded', '1M'])).toMatch(/expands to more than 1\.0 MiB: .*--max-expanded/);
  });

  test('compressed twice', async () => {
    expect(await refused(await compressed('gzip | zstd -q'))).toMatch(
      /is zstd data, and what is in it is not a tar archive \(gzip data, compressed twice\)/,
    );
  });
});
