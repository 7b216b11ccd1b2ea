/** Tells files that people mistake for store tarballs by their first bytes. */
import { byteString } from '../bytes.ts';

/** [offset, bytes, what it is]. Sources: the formats' own specifications, as file(1) lists them. */
const MAGIC: readonly (readonly [number, string, string])[] = [
  [0, '\x1f\x8b', 'gzip data, compressed twice'],
  [0, '\x28\xb5\x2f\xfd', 'zstd data, compressed twice'],
  [0, '\xfd7zXZ\0', 'xz data, compressed twice'],
  [0, 'BZh', 'bzip2 data, damaged at its beginning or compressed twice'],
  [0, '\x04\x22\x4d\x18', 'lz4 data, compressed twice'],
  [0, '\x1f\x9d', 'data of compress; decompress it first with gunzip'],
  [0, '\x02\x21\x4c\x18', 'data of an old lz4; decompress it first with unlz4'],
  [0, '\x5d\0\0', 'lzma data; decompress it first with unlzma'],
  [0, '\x89LZO', 'lzop data; decompress it first with lzop'],
  [0, 'LZIP', 'lzip data; decompress it first with lzip'],
  [0, 'PK\x03\x04', 'a zip archive'],
  [0, 'PK\x05\x06', 'an empty zip archive'],
  [0, '7z\xbc\xaf\x27\x1c', 'a 7-Zip archive'],
  [0, 'Rar!\x1a\x07', 'a RAR archive'],
  [0, 'hsqs', 'a squashfs image'],
  [0, '07070', 'a cpio archive'],
  [0, '!<arch>\n', 'a Debian package or a library'],
  [0, '\xed\xab\xee\xdb', 'an RPM package'],
  [0, 'QFI\xfb', 'a qcow2 disk image'],
  [0, 'XFSB', 'an XFS image'],
  [0x200, 'EFI PART', 'a disk image with a partition table'],
  [0x8001, 'CD001', 'an ISO 9660 image'],
  [0x438, '\x53\xef', 'an ext2/3/4 image'],
  [0, '\x0d\0\0\0\0\0\0\0nix-archive-1', 'a NAR, which does not say whose it is; nix-store --export does'],
  [0, '\x89PNG', 'a PNG picture'],
  [0, '\xff\xd8\xff', 'a JPEG picture'],
  [0, '%PDF', 'a PDF document'],
  [0, '\x7fELF', 'a program'],
  [0, '/nix/store/', 'a list of store paths, perhaps the closure manifest, which is given apart'],
  [0, '{', "JSON, perhaps the closure's path-info, which is given apart"],
  [0, '[', "JSON, perhaps the closure's path-info, which is given apart"],
];

/** How many bytes `sniff` wants to see. */
export const SNIFF_BYTES = 0x8006;

/** What a file's beginning looks like. */
export function sniff(head: Uint8Array): string {
  const text = byteString(head);
  for (const [offset, bytes, what] of MAGIC) {
    if (text.startsWith(bytes, offset)) return what;
  }
  return 'its first block is no tar header';
}
