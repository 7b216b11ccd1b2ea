/** `--audit`: what the storage loses after it was written is found, and named. */
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { expect, test } from 'vitest';
import type { BlockStore } from '../../src/core/index.ts';
import { type GeneratedEntry, tarOf } from '../fixtures/generated.ts';
import { buildInMemory } from './in-memory.ts';

const ROOT = `nix/store/${'a'.repeat(32)}-audited`;
const BLOCK = 4096;

const file = (name: string, size: number): GeneratedEntry => ({
  path: `${ROOT}/${name}`,
  type: 'file',
  size,
  data: [{ at: 0, length: size }],
});
const link = (name: string, length: number): GeneratedEntry => ({
  path: `${ROOT}/${name}`,
  type: 'symlink',
  target: 't'.repeat(length),
});
const archive = tarOf([
  file('empty', 0),
  file('small', 10),
  file('large', 3_000_000),
  { ...file('sparse', 0), type: 'file', size: 50 * BLOCK, data: [{ at: 7 * BLOCK, length: 5 }] },
  link('fast', 59),
  link('slow', 60),
  ...Array.from({ length: 2000 }, (_, index) => file(`names/${index}`, 1)),
]);

/** Changes a byte of each block whose first bytes are these. */
const corrupt = (store: BlockStore, start: Uint8Array): number => {
  const block = new Uint8Array(BLOCK);
  let found = 0;
  for (let at = 0; at < store.size; at += BLOCK) {
    store.read(at, block);
    if (start.some((byte, index) => block[index] !== byte)) continue;
    store.write(at + start.length - 1, Uint8Array.of(start.at(-1)! ^ 1));
    found++;
  }
  return found;
};

test.each([{}, { indexDirectories: true }, { features: 'u-boot', registration: 'none' }] as const)(
  'an image that is whole is found so: %j',
  async (options) => {
    const { report } = await buildInMemory(await archive, { ...options, audit: true });
    const registration = 'registration' in options ? 0 : 1;
    expect(report.audit).toMatchObject({ files: 2004 + registration, links: 2, directories: 4 });
  },
);

test('owners beyond 31 bits are no difference', async () => {
  const { report } = await buildInMemory(await archive, { uid: 3e9, gid: 2 ** 32 - 2, audit: true });
  expect(report.audit).toMatchObject({ files: 2005 });
});

test.each([
  ['a content', new Uint8Array(BLOCK).fill(1), /“nix\/store\/a+-audited\/large” .* at byte 4095/],
  ['a link', new Uint8Array(60).fill(0x74), /“nix\/store\/a+-audited\/slow” .* at byte 59/],
])('%s that changed on the storage is named, where e2fsck sees nothing', async (_, start, sentence) => {
  const whole = async (store: BlockStore) => void expect(corrupt(store, start)).toBeGreaterThan(0);
  const { report } = await buildInMemory(await archive, {}, undefined, { whole });
  expect(report.check).toMatchObject({ clean: true });
  await expect(buildInMemory(await archive, { audit: true }, undefined, { whole })).rejects.toThrow(sentence);
});

/** Two attributes: one in the inode, one that takes a block. */
async function withXattrs(): Promise<Buffer> {
  const tar = pack();
  const whole = buffer(tar as unknown as AsyncIterable<Buffer>);
  const pax = { 'SCHILY.xattr.user.short': 'a short one', 'SCHILY.xattr.user.wide': 'a long one, '.repeat(100) };
  tar.entry({ name: `${ROOT}/described`, pax, mode: 0o444 }, 'text');
  tar.finalize();
  return whole;
}

test.each(['a short one', 'a long one, '])(
  'an extended attribute that changed on the storage is named: %s',
  async (value) => {
    const tar = await withXattrs();
    const options = { features: 'u-boot', audit: true, check: false } as const;
    expect((await buildInMemory(tar, options)).report.audit).toMatchObject({ files: 2 });
    const whole = async (store: BlockStore) => {
      const bytes = Buffer.alloc(store.size);
      store.read(0, bytes);
      const at = bytes.indexOf(value);
      expect(at).toBeGreaterThan(0);
      store.write(at, Buffer.from('x'));
    };
    await expect(buildInMemory(tar, options, undefined, { whole })).rejects.toThrow(
      /“nix\/store\/a+-audited\/described” .* extended attribute/,
    );
  },
);
