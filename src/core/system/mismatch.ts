/** Whether a system would find its root in the image: one that does not hangs in stage 1 of its boot. */
import { display, fromText } from '../bytes.ts';
import type { Options } from '../options.ts';
import { deviceName } from './fstab.ts';
import type { System } from './system.ts';

/** What to say of it; `undefined` where the root is found, or the system does not say what it mounts. */
export function rootMismatch(
  { rootDevice, rootType }: Pick<System, 'rootDevice' | 'rootType'>,
  { label, uuid, disk }: Pick<Options, 'label' | 'uuid' | 'disk'>,
): string | undefined {
  // A root in memory has its store elsewhere.
  if (rootDevice === undefined || rootType === 'tmpfs') return undefined;
  const said = `The system mounts / from ${rootDevice}`;
  if (rootType !== undefined && rootType !== 'ext4' && rootType !== 'auto')
    return `${said} as ${rootType}, and this is ext4: it does not boot from this image unless its fstab is changed.`;
  const { by, value } = deviceName(fromText(rootDevice));
  const wanted = display(value);
  switch (by) {
    case 'label':
      return fromText(label) === value
        ? undefined
        : `${said}, and the image's label is ${label}: it would wait for that at boot; build with --label ${wanted}.`;
    case 'uuid':
      return uuid.toLowerCase() === value
        ? undefined
        : `${said}, and the image's UUID is ${uuid}: it would wait for that at boot; build with --uuid ${wanted}.`;
    case 'partlabel':
      // The root partition of a GPT is named by the label.
      return disk === 'gpt' && fromText(label) === value
        ? undefined
        : `${said}: it would wait for a partition of that name; build with --disk gpt --label ${wanted}.`;
    case 'partuuid':
      return `${said}: it would wait for that partition, whose UUID no option sets; put the image into it, or change its fstab.`;
    case 'path':
      return `${said}, a name that depends on the machine: it boots only where the disk is called that; an fstab with a label boots everywhere.`;
  }
}
