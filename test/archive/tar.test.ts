import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contentOf } from '../../src/core/archive/content.ts';
import type { Entry, NamedEntry } from '../../src/core/archive/entry.ts';
import { type EndNote, readTar } from '../../src/core/archive/tar.ts';
import { byteString, fromText } from '../../src/core/bytes.ts';
import { bytesSource } from '../storage/bytes-source.ts';

let folder: string;
const long = 'l'.repeat(200);
const deep = `nix/store/${'d'.repeat(120)}/${'e'.repeat(120)}`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'storeimg-tar-'));
  mkdirSync(join(folder, deep), { recursive: true });
  writeFileSync(join(folder, deep, 'file with space'), 'hello');
  writeFileSync(join(folder, 'nix', long), 'x'.repeat(1000));
  writeFileSync(join(folder, 'empty'), '');
  chmodSync(join(folder, 'empty'), 0o4755);
  writeFileSync(join(folder, 'ümlaut'), 'ü');
  symlinkSync('t'.repeat(150), join(folder, 'long link'));
  linkSync(join(folder, 'empty'), join(folder, 'hard'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What the last archive's end was said to be. */
const notes: EndNote[] = [];

async function entries(bytes: Uint8Array) {
  const found: (Entry & Omit<NamedEntry, 'inode'>)[] = [];
  notes.length = 0;
  for await (const { inode, ...place } of readTar(bytesSource('test.tar', bytes), (note) => notes.push(note)))
    found.push({ ...place, ...inode });
  return found;
}

const tar = (...args: string[]) => new Uint8Array(execFileSync('tar', ['-c', '-C', folder, ...args]));

describe.each(['gnu', 'pax', 'posix', 'oldgnu'])('GNU tar --format=%s', (format) => {
  test('every kind of entry, long names and targets', async () => {
    const bytes = tar('--sort=name', `--format=${format}`, '.');
    const found = new Map((await entries(bytes)).map((entry) => [entry.path, entry]));
    const names = execFileSync('tar', ['-t', '--quoting-style=literal'], { input: bytes, encoding: 'latin1' });
    expect([...found.keys()].map((path) => `./${path}`).sort()).toEqual(
      names
        .trimEnd()
        .split('\n')
        .map((name) => name.replace(/(?<=.)\/$/, ''))
        .map((name) => (name === '.' ? './' : name))
        .sort(),
    );
    const content = (path: string) => {
      const { offset, size } = found.get(path)!;
      return byteString(bytes, offset, offset + size);
    };
    expect(content(`${deep}/file with space`)).toBe('hello');
    expect(content(`nix/${long}`)).toBe('x'.repeat(1000));
    expect(content(fromText('ümlaut'))).toBe(fromText('ü'));
    expect(found.get('empty')).toMatchObject({ type: 'file', mode: 0o4755, size: 0 });
    expect(found.get('hard')).toMatchObject({ type: 'link', target: 'empty' });
    expect(found.get('long link')).toMatchObject({ type: 'symlink', target: 't'.repeat(150) });
    expect(found.get(deep)).toMatchObject({ type: 'directory' });
  });
});

test.each(['v7', 'ustar'])('GNU tar --format=%s', async (format) => {
  const bytes = tar(`--format=${format}`, '--sort=name', 'empty', 'hard', 'ümlaut');
  expect((await entries(bytes)).map(({ path, type }) => [path, type])).toEqual([
    ['empty', 'file'],
    ['hard', 'link'],
    [fromText('ümlaut'), 'file'],
  ]);
});

test('archives one after another, and padding, are one archive', async () => {
  const one = tar('empty');
  const two = tar('long link');
  const both = new Uint8Array([...one, ...two, ...new Uint8Array(5120)]);
  expect((await entries(both)).map(({ path }) => path)).toEqual(['empty', 'long link']);
});

test('what lies behind the end in the same record is nothing, whatever it is; behind that it is damage', async () => {
  const bytes = tar('empty');
  const filled = bytes.map((byte, at) => (at >= 512 * 3 ? 0xa5 : byte));
  expect((await entries(filled)).map(({ path }) => path)).toEqual(['empty']);
  expect((await entries(new Uint8Array([...filled, ...bytes]))).map(({ path }) => path)).toEqual(['empty', 'empty']);
  await expect(entries(new Uint8Array([...bytes, ...filled.subarray(-512)]))).rejects.toThrow('at offset 10240');
});

/** An archive with another type flag and pax records for its one entry, as no tool at hand writes them. */
function written(type: string, records: readonly string[]): Uint8Array {
  const bytes = tar('--format=pax', '--pax-option=comment=x', 'empty');
  const data = records.map((record) => {
    const rest = ` ${record}\n`.length;
    const digits = String(rest + String(rest + 2).length).length;
    return `${rest + digits} ${record}\n`;
  });
  bytes.fill(0, 512, 1024);
  bytes.set(new TextEncoder().encode(data.join('')), 512);
  const field = (at: number, text: string) => bytes.set(new TextEncoder().encode(text), at);
  field(124, `${data.join('').length.toString(8).padStart(11, '0')}\0`);
  field(156, type);
  field(148, '        ');
  const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  field(148, `${sum.toString(8).padStart(6, '0')}\0 `);
  return bytes;
}

test.each(['SUN.holesdata= 0 512 1048576', 'SCHILY.realsize=1048576'])(
  'a sparse file of others than GNU tar is refused: %s',
  async (record) => {
    await expect(entries(written('x', [record]))).rejects.toThrow(
      '“empty” at offset 0 is a file with holes as star and Solaris',
    );
  },
);

test('an ACL of Solaris’ is one more attribute that no filesystem takes', async () => {
  const [entry] = await entries(written('A', ['user::rwx,user:lp:--x,group::r-x']));
  expect(entry).toMatchObject({ path: 'empty', xattrs: [['SCHILY.acl.solaris', expect.any(String)]] });
});

test('base-256 sizes', async () => {
  const bytes = tar('empty');
  const size = 5 * 2 ** 30;
  const header = bytes.slice(0, 512);
  header.fill(0, 124, 136);
  new DataView(header.buffer).setBigUint64(128, BigInt(size));
  header[124] = 0x80;
  header.fill(0x20, 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, '0')}\0 `), 148);
  const source = {
    name: 'big.tar',
    size: 512 + size + 1024,
    read: (offset: number, into: Uint8Array) =>
      offset === 0 ? into.set(header.subarray(0, into.length)) : into.fill(0),
  };
  for await (const entry of readTar(source, () => expect.unreachable())) {
    expect(entry).toMatchObject({ path: 'empty', inode: { size } });
    break;
  }
});

test.each([
  ['gnu', []],
  ['oldgnu', []],
  ['pax', ['--sparse-version=0.0']],
  ['pax', ['--sparse-version=0.1']],
  ['pax', ['--sparse-version=1.0']],
])('sparse files of GNU tar --format=%s %j', async (format, more) => {
  const file = join(folder, 'sparse');
  execFileSync('truncate', ['-s', '3M', file]);
  // More pieces than one block of the map holds, one at the very end.
  for (let i = 0; i < 90; i++)
    execFileSync('dd', [
      'if=/dev/urandom',
      `of=${file}`,
      'bs=4096',
      'count=1',
      `seek=${i * 8 + 3}`,
      'conv=notrunc',
      'status=none',
    ]);
  execFileSync('dd', [
    'if=/dev/urandom',
    `of=${file}`,
    'bs=1',
    'count=5',
    `seek=${3 * 2 ** 20}`,
    'conv=notrunc',
    'status=none',
  ]);
  const bytes = tar('--sparse', `--format=${format}`, ...more, 'sparse', 'empty');
  const expected = new Uint8Array(readFileSync(file));
  rmSync(file);
  const found = await entries(bytes);
  expect(found.map(({ path }) => path)).toEqual(['sparse', 'empty']);
  const content = contentOf(found[0]!);
  const read = new Uint8Array(content.size);
  content.read(0, read);
  expect(Buffer.compare(read, expected)).toBe(0);
  const part = new Uint8Array(10_000);
  content.read(5000, part);
  expect(Buffer.compare(part, expected.subarray(5000, 15_000))).toBe(0);
  expect([content.nextData!(0), content.nextHole!(0), content.nextHole!(3 * 4096)]).toEqual([3 * 4096, 0, 4 * 4096]);
  expect([content.nextData!(content.size - 1), content.nextHole!(content.size - 1)]).toEqual([
    content.size - 1,
    content.size,
  ]);
});

test.each(['0.0', '0.1', '1.0'])('a sparse file of 20,000 pieces, version %s', async (version) => {
  const file = join(folder, 'pieces');
  const descriptor = openSync(file, 'w');
  for (let i = 0; i < 20_000; i++) writeSync(descriptor, Buffer.alloc(4096, 1), 0, 4096, i * 8192 + 4096);
  closeSync(descriptor);
  const bytes = new Uint8Array(
    execFileSync('tar', ['-c', '-C', folder, '--sparse', `--sparse-version=${version}`, '-H', 'pax', 'pieces'], {
      maxBuffer: 2 ** 28,
    }),
  );
  rmSync(file);
  const [entry] = await entries(bytes);
  expect(entry).toMatchObject({ path: 'pieces', size: 20_000 * 8192 });
  expect(entry!.segments).toHaveLength(20_000);
});

/** An entry as a writer might write it, whole blocks. */
function member(name: string, type: string, content = '', { link = '', size = content.length } = {}): Uint8Array {
  const bytes = Buffer.alloc(512 + Math.ceil(content.length / 512) * 512);
  const number = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`;
  bytes.write(name, 0, 'latin1');
  bytes.write(`${number(0o644, 7)}${number(0, 7)}${number(0, 7)}${number(size, 11)}${number(1, 11)}        `, 100);
  bytes.write(`${type}${link}`, 156, 'latin1');
  bytes.write('ustar\x0000', 257, 'latin1');
  bytes.write(
    `${number(
      bytes.subarray(0, 512).reduce((sum, byte) => sum + byte, 0),
      6,
    )} `,
    148,
  );
  bytes.write(content, 512, 'latin1');
  return bytes;
}

function pax(type: 'x' | 'g', records: readonly (readonly [key: string, value: string])[]): Uint8Array {
  const record = (text: string, length = text.length + 1): string =>
    `${length}${text}`.length === length ? `${length}${text}` : record(text, length + 1);
  return member('pax', type, records.map(([key, value]) => record(` ${key}=${value}\n`)).join(''));
}

const END = new Uint8Array(1024);
const joined = (...members: Uint8Array[]) => new Uint8Array(Buffer.concat([...members, END]));

describe('what few write', () => {
  test('a file whose name ends in a slash is a directory', async () => {
    expect(await entries(joined(member('a/', '0'), member('a/b', '0', 'x')))).toMatchObject([
      { path: 'a', type: 'directory' },
      { path: 'a/b', type: 'file', size: 1 },
    ]);
  });

  // Old tars say a directory's size as the disk has it, or a link's as that of its target; most store nothing for it.
  test.each([
    ['a directory by its slash', 'd/', '0', {}],
    ['a directory of v7', 'd/', '\0', {}],
    ['a directory', 'd', '5', {}],
    ['a symbolic link', 'd', '2', { link: 'e' }],
    ['a hard link', 'd', '1', { link: 'a' }],
    ['a label', 'd', 'V', {}],
  ])(
    '%s with a size: what follows is contents where it is no header, and else the next entry',
    async (_, name, type, more) => {
      const kept = type === 'V' ? ['a', 'e', 'e/f'] : ['a', 'd', 'e', 'e/f'];
      for (const size of [1, 511, 512, 513, 4096]) {
        for (const content of ['', 'x'.repeat(size)]) {
          const members = [member('a', '0', 'xyz'), member(name, type, content, { ...more, size })];
          const followed = joined(...members, member('e/', '5'), member('e/f', '0', 'xyz'));
          expect((await entries(followed)).map(({ path }) => path)).toEqual(kept);
          expect((await entries(joined(...members))).map(({ path }) => path)).toEqual(kept.slice(0, -2));
        }
      }
    },
  );

  test('a number ends at a NUL, whatever is left behind it', async () => {
    const odd = Buffer.from(member('a', '0', 'xyz'));
    odd.write(`3\0${'7'.repeat(10)}`, 124, 'latin1');
    odd.fill(' ', 148, 156);
    const sum = odd.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    odd.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    expect(await entries(joined(odd, member('b', '0')))).toMatchObject([{ path: 'a', size: 3 }, { path: 'b' }]);
  });

  test('a sparse map with comments', async () => {
    const map = `#!gnu-sparse-format\n#${'x'.repeat(600)}\n1\n512\n3\n`.padEnd(1024, '\0');
    const records = pax('x', [
      ['GNU.sparse.major', '1'],
      ['GNU.sparse.minor', '0'],
      ['GNU.sparse.name', 'a'],
      ['GNU.sparse.realsize', '1000'],
    ]);
    const [entry, ...more] = await entries(joined(records, member('x/a', '0', `${map}xyz`), member('b', '0')));
    expect(entry).toMatchObject({ path: 'a', size: 1000, segments: [{ at: 512, offset: 2560, length: 3 }] });
    expect(more).toMatchObject([{ path: 'b' }]);
  });

  test('one block of zeros and no header behind it ends an archive, with a note', async () => {
    const junk = new Uint8Array(512).fill(0x5a);
    const lone = Buffer.concat([member('a', '0', 'x'), new Uint8Array(512), junk, member('b', '0')]);
    expect(await entries(lone)).toMatchObject([{ path: 'a' }]);
    expect(notes).toEqual([{ end: 'lone-zeros', name: 'test.tar', offset: 1024 }]);
    expect(await entries(joined(member('a', '0', 'x'), new Uint8Array(512), member('b', '0')))).toHaveLength(2);
    expect(notes).toEqual([]);
    await expect(entries(Buffer.concat([new Uint8Array(512), junk]))).rejects.toThrow('not a tar archive');
    const pending = Buffer.concat([member('a', '0'), pax('x', [['path', 'b']]), new Uint8Array(512), junk]);
    await expect(entries(pending)).rejects.toThrow('damaged header at offset 2048');
  });

  test('an archive without blocks of zeros at its end has a note', async () => {
    expect(await entries(member('a', '0', 'x'))).toMatchObject([{ path: 'a' }]);
    expect(notes).toEqual([{ end: 'missing', name: 'test.tar', offset: 1024 }]);
  });

  test('a pax record without a value takes back what was said: the header’s field holds', async () => {
    const said = pax('g', [['uid', '7']]);
    const taken = pax('x', [
      ['path', ''],
      ['size', ''],
      ['uid', ''],
    ]);
    expect(await entries(joined(said, taken, member('a', '0', 'xyz'), member('b', '0')))).toMatchObject([
      { path: 'a', size: 3, uid: 0 },
      { path: 'b', size: 0, uid: 7 },
    ]);
  });

  test('a hard link that pax has stored a content with', async () => {
    const archive = joined(
      member('a', '0', 'x'.repeat(600)),
      pax('x', [['size', '600']]),
      member('b', '1', 'x'.repeat(600), { link: 'a' }),
      // The size of what it leads to, as old tars write it: nothing is stored.
      member('c', '1', '', { link: 'a', size: 600 }),
      member('d', '0'),
    );
    expect((await entries(archive)).map(({ path, type, size }) => [path, type, size])).toEqual([
      ['a', 'file', 600],
      ['b', 'link', 0],
      ['c', 'link', 0],
      ['d', 'file', 0],
    ]);
  });

  test('a global header behind the last entry', async () => {
    const archive = joined(member('a', '0'), pax('g', [['comment', 'x']]));
    expect(await entries(archive)).toMatchObject([{ path: 'a' }]);
  });

  test('global headers with very many records, none of which is of use', async () => {
    const records = Array.from({ length: 60_000 }, (_, index) => [`c${index % 100}`, 'x'] as const);
    const files = Array.from({ length: 20_000 }, (_, index) => member(`f${index}`, '0'));
    expect(await entries(joined(pax('g', records), ...files))).toHaveLength(20_000);
  });
});

describe('refuses', () => {
  const refusal = async (bytes: Uint8Array) => {
    const error = await entries(bytes).then(
      () => undefined,
      (thrown) => thrown,
    );
    expect(error).toMatchObject({ name: 'Refusal' });
    return error.message;
  };
  test('nothing', async () => expect(await refusal(new Uint8Array())).toContain('is empty (0 bytes)'));
  test('zip', async () => expect(await refusal(fromBytes('PK\x03\x04'.padEnd(700)))).toContain('a zip archive'));
  test('text', async () => expect(await refusal(fromBytes('hello'.repeat(300)))).toContain('not a tar archive'));
  test('a short file', async () => expect(await refusal(fromBytes('hello'))).toContain('not a tar archive'));
  test('every truncation', async () => {
    const bytes = tar('--format=pax', `nix/${long}`, 'empty');
    const end =
      bytes.length -
      bytes
        .slice()
        .reverse()
        .findIndex((byte) => byte !== 0);
    for (let length = 512; length <= end; length += 100) {
      expect(await refusal(bytes.subarray(0, length))).toMatch(/cut off/);
    }
  });
  test('an extended header that nothing follows', async () => {
    const archive = joined(member('a', '0'), pax('x', [['path', 'b']]));
    expect(await refusal(archive)).toMatch(/cut off/);
  });
  test('a flipped bit in a header', async () => {
    const bytes = tar('empty', 'long link');
    const at = bytes.subarray(512).findIndex((byte) => byte !== 0) + 512;
    bytes[at]! ^= 1;
    expect(await refusal(bytes)).toContain(
      `damaged header at offset ${Math.floor(at / 512) * 512} (its checksum is wrong)`,
    );
  });
  test('devices and FIFOs', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const bytes = tar('pipe');
    rmSync(join(folder, 'pipe'));
    expect(await refusal(bytes)).toContain('“pipe” at offset 0 is a FIFO');
    expect(await refusal(new Uint8Array(execFileSync('tar', ['-c', '-C', '/', 'dev/null'])))).toContain(
      'a character device',
    );
  });
  test('a NUL in a link’s target, which would end it early', async () => {
    const record = '17 linkpath=t\0xy\n';
    const bytes = tar('--format=pax', '--pax-option=linkpath:=t_xy', 'long link');
    const at = Buffer.from(bytes).indexOf('linkpath=t_xy');
    bytes.set(fromBytes(record.slice(3)), at);
    expect(await refusal(bytes)).toContain('has a NUL in its target');
  });
  test('.. in a path', async () => {
    const bytes = new Uint8Array(
      execFileSync('tar', ['-cP', '-C', folder, '--transform=s,empty,nix/../empty,', '--show-transformed', 'empty']),
    );
    expect(await refusal(bytes)).toContain('“..” in its path');
  });
});

const fromBytes = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

test('a large real archive is read as GNU tar lists it', async () => {
  const bytes = new Uint8Array(
    execFileSync('tar', ['-c', '-C', '/', 'usr/share/doc'], {
      maxBuffer: 2 ** 30,
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  );
  const listed = execFileSync('tar', ['-t', '--quoting-style=literal'], {
    input: bytes,
    encoding: 'latin1',
    maxBuffer: 2 ** 28,
  });
  const found = await entries(bytes);
  expect(found.map(({ path }) => path)).toEqual(
    listed
      .trimEnd()
      .split('\n')
      .map((name) => name.replace(/\/$/, '')),
  );
  const one = found.find(({ type, size }) => type === 'file' && size > 1000)!;
  expect(byteString(bytes, one.offset, one.offset + one.size)).toBe(readFileSync(`/${one.path}`, 'latin1'));
});
