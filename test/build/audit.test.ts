/** `--audit`: what the storage loses after it was written is found, and named. */
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { expect, test } from 'vitest';
import { auditImage } from '../../src/core/image/index.ts';
import { type BlockStore, decide } from '../../src/core/index.ts';
import type { Options } from '../../src/core/options.ts';
import { type GeneratedEntry, tarOf } from '../fixtures/generated.ts';
import { contentsOf } from '../storage/pieces.ts';
import { wasmModule } from '../wasm/twins.ts';
import { buildInMemory, openInMemory } from './in-memory.ts';

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

/** Audits a built image; the bytes at these places are read with one bit flipped. */
async function auditOf(
  tar: Uint8Array,
  given: Partial<Options>,
  placesOf: (image: Buffer) => readonly number[],
): Promise<unknown> {
  const options = decide(given);
  const session = await openInMemory(tar, options);
  const { view, report } = await session.build(options);
  expect(report.check?.clean ?? true).toBe(true);
  const places = placesOf(contentsOf(view));
  expect(places.length).toBeGreaterThan(0);
  const damaged: BlockStore = {
    size: view.size,
    read(offset, into) {
      view.read(offset, into);
      for (const at of places) if (at >= offset && at < offset + into.length) into[at - offset]! ^= 1;
    },
    write() {},
    zero() {},
    resize() {},
    flush() {},
  };
  return auditImage(wasmModule('debugfs'), await session.plan(options), damaged, () => {});
}

/** Places of the last byte of these, in each block that begins with them. */
const inBlocks = (start: Uint8Array) => (image: Buffer) => {
  const places: number[] = [];
  for (let at = 0; at < image.length; at += BLOCK)
    if (image.subarray(at, at + start.length).equals(start)) places.push(at + start.length - 1);
  return places;
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
  await expect(auditOf(await archive, {}, inBlocks(start))).rejects.toThrow(sentence);
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
    await expect(auditOf(tar, options, (image) => [image.indexOf(value)])).rejects.toThrow(
      /“nix\/store\/a+-audited\/described” .* extended attribute/,
    );
  },
);
