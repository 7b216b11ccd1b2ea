/** What a system mounts where. Source: fstab(5). */
import { type ByteString, fromText } from '../bytes.ts';

export interface Mount {
  /** As it stands there: a device, `LABEL=…`, `UUID=…`, `/dev/disk/by-label/…`. */
  readonly device: ByteString;
  readonly folder: ByteString;
  readonly type: ByteString;
}

/** Lines with fewer than three fields, and comments, mean nothing. */
export function readFstab(text: ByteString): Mount[] {
  return text.split('\n').flatMap((line) => {
    const [device, folder, type] = line.trim().split(/[ \t]+/);
    if (!device || device.startsWith('#') || folder === undefined || type === undefined) return [];
    return [{ device: unescaped(device), folder: unescaped(folder), type: unescaped(type) }];
  });
}

/** A blank in a field is written as an octal number. */
const unescaped = (field: string): ByteString =>
  field.replace(/\\([0-3][0-7]{2})/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 8)));

/** By what a device is found. */
export type DeviceName =
  | { readonly by: 'label' | 'uuid' | 'partlabel' | 'partuuid'; readonly value: ByteString }
  | { readonly by: 'path'; readonly value: ByteString };

const TAGS: Readonly<Record<string, Exclude<DeviceName['by'], 'path'>>> = {
  'LABEL=': 'label',
  'UUID=': 'uuid',
  'PARTLABEL=': 'partlabel',
  'PARTUUID=': 'partuuid',
  '/dev/disk/by-label/': 'label',
  '/dev/disk/by-uuid/': 'uuid',
  '/dev/disk/by-partlabel/': 'partlabel',
  '/dev/disk/by-partuuid/': 'partuuid',
};

/** Labels in /dev/disk have udev's escapes (`\x20`). Tags may stand in quotes. */
export function deviceName(device: ByteString): DeviceName {
  for (const [prefix, by] of Object.entries(TAGS)) {
    if (!device.startsWith(fromText(prefix))) continue;
    const value = device.slice(prefix.length).replace(/^"(.*)"$/, '$1');
    const unhexed = value.replace(/\\x([0-9a-f]{2})/gi, (_, digits) =>
      String.fromCharCode(Number.parseInt(digits, 16)),
    );
    return { by, value: by === 'uuid' || by === 'partuuid' ? unhexed.toLowerCase() : unhexed };
  }
  return { by: 'path', value: device };
}
