/** Cells of zeros in contents, found while the bytes pass by, and the blocks that they leave. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CELL, dataBlocks } from '../../src/core/archive/index.ts';
import { ZeroFinder } from '../../src/core/nix/zero-cells.ts';

/** Bytes with zeros in many of them, in pieces: a hole, or bytes. */
const pieces = fc.array(
  fc.record({ length: fc.nat(3 * CELL), isHole: fc.boolean(), isZero: fc.boolean(), at: fc.nat(3 * CELL) }),
  { maxLength: 8 },
);

test('whatever pieces a file comes in, its blocks of data are those that hold anything but zeros', () => {
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 3 }), fc.constantFrom(1024, 2048, 4096), (files, blockSize) => {
      const finder = new ZeroFinder();
      const contents = files.map((file, step) => {
        finder.begin(step);
        return Buffer.concat(
          file.map(({ length, isHole, isZero, at }) => {
            const bytes = Buffer.alloc(length);
            if (isHole) finder.hole(length);
            else {
              if (!isZero && at < length) bytes[at] = 1;
              finder.bytes(bytes);
            }
            return bytes;
          }),
        );
      });
      const rows = finder.finish();
      contents.forEach((content, step) => {
        const cells: number[] = [];
        for (let at = 0; at < rows.length; at += 3) if (rows[at] === step) cells.push(rows[at + 1]!, rows[at + 2]!);
        const found = new Set<number>();
        for (const [first, end] of dataBlocks({ size: content.length, segments: undefined }, cells, blockSize))
          for (let block = first; block < end; block++) found.add(block);
        const expected = new Set<number>();
        for (const [at, byte] of content.entries()) if (byte !== 0) expected.add(Math.floor(at / blockSize));
        expect(found).toEqual(expected);
      });
    }),
  );
});

test('a hole of a hundred tebibytes is found by arithmetic', () => {
  const finder = new ZeroFinder();
  finder.begin(0);
  finder.bytes(Uint8Array.of(1));
  finder.hole(100 * 2 ** 40);
  expect([...finder.finish()]).toEqual([0, 1, 100 * 2 ** 30 + 1]);
});
