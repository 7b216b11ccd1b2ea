/**
 * The block map that flashing tools read: which blocks of an image have to be written, with their checksums.
 * Source: bmap-tools, `BmapCreate.py`, format 2.0.
 */
import type { Range } from '../storage/index.ts';

/** Bytes of a block. */
const BLOCK = 4096;
const NO_CHECKSUM = '0'.repeat(64);

/** Ranges as whole blocks, none touching the next; the image's end may cut the last. */
export function blockRanges(ranges: readonly Range[], bytes: number): Range[] {
  const blocks: { offset: number; length: number }[] = [];
  for (const { offset, length } of ranges) {
    const start = Math.floor(offset / BLOCK) * BLOCK;
    const end = Math.min(Math.ceil((offset + length) / BLOCK) * BLOCK, bytes);
    const last = blocks.at(-1);
    if (last && start <= last.offset + last.length) last.length = end - last.offset;
    else blocks.push({ offset: start, length: end - start });
  }
  return blocks;
}

/**
 * @param blocks as `blockRanges` gives them, with the SHA-256 of each
 * @param sha256 hashes the map itself
 */
export async function writeBmap(
  bytes: number,
  blocks: readonly (Range & { readonly sha256: string })[],
  sha256: (text: string) => Promise<string>,
): Promise<string> {
  const count = (length: number) => Math.ceil(length / BLOCK);
  const ranges = blocks.map(({ offset, length, sha256 }) => {
    const first = offset / BLOCK;
    const last = first + count(length) - 1;
    return `        <Range chksum="${sha256}">${first === last ? first : `${first}-${last}`}</Range>`;
  });
  const map = (checksum: string) => `<?xml version="1.0" ?>
<bmap version="2.0">
    <ImageSize>${bytes}</ImageSize>
    <BlockSize>${BLOCK}</BlockSize>
    <BlocksCount>${count(bytes)}</BlocksCount>
    <MappedBlocksCount>${blocks.reduce((sum, { length }) => sum + count(length), 0)}</MappedBlocksCount>
    <ChecksumType>sha256</ChecksumType>
    <BmapFileChecksum>${checksum}</BmapFileChecksum>
    <BlockMap>
${ranges.join('\n')}
    </BlockMap>
</bmap>
`;
  // The map's own checksum is taken over the map with zeros in its place.
  return map(await sha256(map(NO_CHECKSUM)));
}
