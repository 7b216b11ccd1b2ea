/** The partition table around a filesystem, as the shell script's lines. */
import { filesystemOffset, layDisk, SECTOR } from '../disk/index.ts';
import type { Plan } from './index.ts';

const MIB = 2 ** 20;

/** The filesystem is made in a file of its own beside the image. */
export const BESIDE = `disk=$image
image=$whole.filesystem
: > "$image"
`;

/** Puts the filesystem into its place, blocks of zeros left out, and the table around it. */
export function wrapScript({ options, bytes }: Plan): string {
  const disk = layDisk(options, bytes);
  const puts = disk.parts.flatMap(({ offset, bytes }) =>
    sectorsWithData(bytes).map(([at, data]) => `put ${offset + at} '${data}'\n`),
  );
  return `truncate -s ${disk.bytes} "$disk"
dd if="$image" of="$disk" bs=1M seek=${filesystemOffset(options) / MIB} conv=notrunc,sparse status=none
# The partition table, by offset; sfdisk --dump shows what it says.
put() { printf "$2" | dd of="$disk" bs=1 seek="$1" conv=notrunc status=none; }
${puts.join('')}`;
}

/** What of each sector is not zeros around it: where, and as a format of printf. */
function sectorsWithData(bytes: Uint8Array): [number, string][] {
  const found: [number, string][] = [];
  for (let at = 0; at < bytes.length; at += SECTOR) {
    const sector = bytes.subarray(at, at + SECTOR);
    const first = sector.findIndex((byte) => byte !== 0);
    if (first < 0) continue;
    const last = sector.findLastIndex((byte) => byte !== 0);
    found.push([at + first, Array.from(sector.subarray(first, last + 1), printfByte).join('')]);
  }
  return found;
}

function printfByte(byte: number): string {
  const char = String.fromCharCode(byte);
  return /[A-Za-z]/.test(char) ? char : `\\${byte.toString(8).padStart(3, '0')}`;
}
