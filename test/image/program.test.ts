import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { Refusal } from '../../src/core/errors.ts';
import { Debugfs, type ProgramHost, runProgram } from '../../src/core/image/program.ts';
import { MemoryStore } from '../../src/core/storage/index.ts';
import { temporaryFolder } from '../fixtures/folder.ts';
import { outcome } from '../fixtures/process.ts';
import { environment } from '../oracles/native.ts';
import { bytesSource } from '../storage/bytes-source.ts';
import { contentsOf } from '../storage/pieces.ts';
import { CLOCK, wasmModule } from '../wasm/twins.ts';

const BYTES = 8 * 2 ** 20;
const folder = temporaryFolder();

let store: MemoryStore;
let host: ProgramHost;

beforeEach(() => {
  store = new MemoryStore(BYTES);
  host = { files: (path) => (path === 'image' ? store : undefined), clock: CLOCK };
  const { status, output } = runProgram(wasmModule('mke2fs'), ['-t', 'ext4', '-b', '4096', 'image'], host);
  expect(status).toBe(0);
  expect(output).toContain('Creating filesystem with 2048 4k blocks');
});

function debugfs(): Debugfs {
  return new Debugfs(wasmModule('debugfs'), 'image', true, host);
}

/** What native e2fsck says of the store's bytes, stderr and stdout in that order. */
async function nativeCheck(): Promise<{ status: unknown; output: string }> {
  await writeFile(join(folder, 'image'), contentsOf(store));
  const { status, stdout, stderr } = await outcome('e2fsck', ['-f', '-n', 'image'], { cwd: folder, env: environment });
  return { status, output: `${stderr}${stdout}` };
}

describe('e2fsck', () => {
  const check = () => runProgram(wasmModule('e2fsck'), ['-f', '-n', 'image'], host);

  test('finds a good image clean, in the words of native e2fsck', async () => {
    expect(check()).toEqual(await nativeCheck());
    expect(check().status).toBe(0);
  });

  test('finds the damage of a damaged image, in the words of native e2fsck', async () => {
    const damaged = debugfs();
    for (const argv of [
      ['clri', '<11>'],
      ['ssv', 'free_blocks_count', '7'],
      ['sif', '<8>', 'links_count', '3'],
    ])
      expect(damaged.command(argv)).toBe('');
    damaged.close();
    expect(check()).toEqual(await nativeCheck());
    expect(check().status).toBe(4);
  });

  test('ends with a failure when it cannot go on', () => {
    const damaged = debugfs();
    damaged.command(['clri', '<2>']);
    damaged.close();
    const { status, output } = check();
    expect(output).toContain('Cannot proceed without a root inode.');
    expect(status).toBe(8);
  });

  test('reads a source', () => {
    const bytes = contentsOf(store);
    const image = bytesSource('image', bytes);
    const run = runProgram(wasmModule('e2fsck'), ['-f', '-n', 'image'], { files: () => image, clock: CLOCK });
    expect(run).toEqual(check());
  });
});

describe('runProgram', () => {
  test('a program that is misused ends with its status and its words', () => {
    const { status, output } = runProgram(wasmModule('mke2fs'), ['-t', 'ext4', 'nothing'], host);
    expect(status).toBe(1);
    expect(output).toContain('The file nothing does not exist and no size was specified.');
  });

  test('resize2fs resizes the store', () => {
    const { status, output } = runProgram(wasmModule('resize2fs'), ['image', '4096'], host);
    expect(output).toContain('The filesystem on image is now 4096 (4k) blocks long.');
    expect(status).toBe(0);
    expect(store.size).toBe(2 * BYTES);
    expect(runProgram(wasmModule('dumpe2fs'), ['-h', 'image'], host).output).toMatch(/^Block count: +4096$/m);
  });

  test('zeroes without writing', () => {
    let written = 0;
    const GiB = 2 ** 30;
    class Counting extends MemoryStore {
      override write(offset: number, from: Uint8Array): void {
        written += from.length;
        super.write(offset, from);
      }
    }
    store = new Counting(16 * GiB);
    const { status } = runProgram(
      wasmModule('mke2fs'),
      ['-q', '-t', 'ext4', '-E', 'lazy_itable_init=0', 'image'],
      host,
    );
    expect(status).toBe(0);
    // The inode tables alone have 256 MiB.
    expect(written).toBeLessThan(8 * 2 ** 20);
  });

  test('reads a configuration file where its host has one', () => {
    const { files } = host;
    const configuration = bytesSource('mke2fs.conf', Buffer.from('[defaults]\n\tblocksize = 2048\n'));
    host = { ...host, files: (path) => (path.endsWith('/mke2fs.conf') ? configuration : files(path)) };
    expect(runProgram(wasmModule('mke2fs'), ['image'], host).output).toContain(
      'Creating filesystem with 4096 2k blocks',
    );
  });

  test('does not wait for others to let go of a filesystem with multiple mount protection', () => {
    runProgram(wasmModule('mke2fs'), ['-q', '-O', 'mmp', '-b', '4096', 'image'], host);
    const { status, output } = runProgram(wasmModule('e2fsck'), ['-f', '-y', 'image'], host);
    expect(output).toContain('Pass 5');
    expect(status).toBe(0);
  });

  test('has a clock that stands still', () => {
    host = { ...host, clock: 86_400 * 365 };
    runProgram(wasmModule('mke2fs'), ['-q', '-t', 'ext4', 'image'], host);
    const { output } = runProgram(wasmModule('dumpe2fs'), ['-h', 'image'], host);
    expect(output).toMatch(/^Filesystem created: +Fri Jan {2}1 00:00:00 1971$/m);
  });

  test('what the storage throws comes out', () => {
    const full = new Refusal('storage-full', { why: 'quota' });
    class Full extends MemoryStore {
      override write(): void {
        throw full;
      }
    }
    store = new Full(BYTES);
    expect(() => runProgram(wasmModule('mke2fs'), ['-q', '-t', 'ext4', 'image'], host)).toThrow(full);
  });
});

describe('Debugfs', () => {
  test('an image that cannot be opened is refused', () => {
    expect(() => new Debugfs(wasmModule('debugfs'), 'nothing', false, host)).toThrow(/No such file or directory/);
  });

  test('a failed command says so, and the next one works', () => {
    const session = debugfs();
    expect(session.command(['cd', '/nowhere'])).toMatch(/File not found by ext2_lookup/);
    expect(session.command(['frobnicate'])).toMatch(/Command not found/);
    expect(session.command(['mkdir', 'nix'])).toBe('');
    expect(session.command(['ls', '-p', '/nix'])).toMatch(/^\/\d+\/040755\/0\/0\/\.\/\//);
    expect(session.close()).toBe('');
  });

  test('a file written is read back, whatever its size', () => {
    const content = Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * i) >> 7);
    const { files } = host;
    host = { ...host, files: (path) => (path === 'content' ? bytesSource(path, content) : files(path)) };
    const session = debugfs();
    session.command(['write', 'content', 'file']);
    expect(Buffer.from(session.command(['cat', 'file']), 'latin1').equals(content)).toBe(true);
    session.close();
  });

  test('a source that ends early fails the command', () => {
    const { files } = host;
    const broken = new Refusal('source-unreadable', { name: 'content', why: 'gone' });
    const content = {
      name: 'content',
      size: 10_000,
      read() {
        throw broken;
      },
    };
    host = { ...host, files: (path) => (path === 'content' ? content : files(path)) };
    expect(() => debugfs().command(['write', 'content', 'file'])).toThrow(broken);
  });

  test('opened without -w, it changes nothing', () => {
    const session = new Debugfs(wasmModule('debugfs'), 'image', false, host);
    expect(session.command(['mkdir', 'nix'])).toMatch(/read\/only/);
    session.close();
  });
});
